#!/bin/bash
# What Docker's official images do with their environment before they run the server, as far as the lab asks for it:
# one script for the four servers of the test image, told apart by the command.
set -e
umask 022

as() { exec setpriv --reuid="$1" --regid="$1" --clear-groups -- "${@:2}"; }
run_as() { setpriv --reuid="$1" --regid="$1" --clear-groups -- "${@:2}"; }

case "$1" in
postgres)
  data=/var/lib/postgresql/data
  install -d -o postgres -g postgres -m 0700 "$data"
  install -d -o postgres -g postgres /var/run/postgresql
  : "${POSTGRES_PASSWORD:?is not set}"
  printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password
  # shellcheck disable=SC2086
  run_as postgres initdb -D "$data" --username="$POSTGRES_USER" --pwfile=/tmp/password $POSTGRES_INITDB_ARGS
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  as postgres "$@" -D "$data" -c listen_addresses='*'
  ;;
mariadbd)
  data=/var/lib/mysql
  install -d -o mysql -g mysql "$data" /run/mysqld
  : "${MARIADB_ROOT_PASSWORD:?is not set}"
  mariadb-install-db --user=mysql --datadir="$data" --auth-root-authentication-method=normal --skip-test-db
  cat > /tmp/init.sql <<SQL
ALTER USER 'root'@'localhost' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
CREATE USER 'root'@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
SQL
  as mysql "$@" --datadir="$data" --init-file=/tmp/init.sql --bind-address='*'
  ;;
mongod)
  install -d -o mongodb -g mongodb /data/db
  : "${MONGO_INITDB_ROOT_PASSWORD:?is not set}"
  run_as mongodb mongod --dbpath /data/db --bind_ip 127.0.0.1 --fork --logpath /tmp/mongod.log > /dev/null
  perl /create-mongo-user.pl "$MONGO_INITDB_ROOT_USERNAME" "$MONGO_INITDB_ROOT_PASSWORD"
  run_as mongodb mongod --dbpath /data/db --shutdown > /dev/null
  as mongodb "$@" --dbpath /data/db --auth --bind_ip_all
  ;;
redis-server)
  cd /data
  as redis "$@" --protected-mode no
  ;;
esac
exec "$@"
