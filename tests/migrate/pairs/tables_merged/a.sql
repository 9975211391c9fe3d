CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE profiles (user_id bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, bio text NOT NULL);
