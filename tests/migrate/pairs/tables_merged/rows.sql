INSERT INTO users VALUES (1,'a'),(2,'b'); INSERT INTO profiles VALUES (1,'x'),(2,'y');
