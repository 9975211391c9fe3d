-- Threads, and what people write in them.
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username varchar(40) NOT NULL UNIQUE CHECK (username = lower(username)),
  email text NOT NULL,
  password_hash text NOT NULL,
  is_moderator boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE users IS 'Who signs in.';
COMMENT ON COLUMN users.username IS 'Not free again when the account was deleted.';
COMMENT ON COLUMN users.deleted_at IS 'Closed by its owner; personal data are then emptied.';
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;

CREATE TABLE boards (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug varchar(60) NOT NULL UNIQUE,
  title text NOT NULL,
  sort_order smallint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN users.is_moderator IS 'May lock threads.';
COMMENT ON TABLE boards IS 'What threads are about.';

CREATE TABLE threads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  board_id bigint NOT NULL REFERENCES boards ON DELETE RESTRICT,
  author_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  title text NOT NULL,
  is_locked boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE threads IS 'A question and its answers.';
COMMENT ON COLUMN threads.is_locked IS 'Takes no further posts.';
CREATE INDEX threads_board_idx ON threads (board_id, created_at DESC);
CREATE INDEX threads_author_idx ON threads (author_id);

CREATE TABLE posts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thread_id bigint NOT NULL REFERENCES threads ON DELETE CASCADE,
  author_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  answers_id bigint REFERENCES posts ON DELETE SET NULL,
  body text NOT NULL CHECK (body <> ''),
  search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (answers_id <> id)
);
COMMENT ON TABLE posts IS 'What somebody wrote.';
COMMENT ON COLUMN posts.answers_id IS 'NULL for an answer to the thread itself.';
CREATE INDEX posts_thread_idx ON posts (thread_id, created_at);
CREATE INDEX posts_author_idx ON posts (author_id);
CREATE INDEX posts_answers_idx ON posts (answers_id);
CREATE INDEX posts_search_idx ON posts USING gin (search);

CREATE TABLE votes (
  post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  weight_points smallint NOT NULL CHECK (weight_points IN (-1, 1)),
  voted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (post_id, user_id)
);
COMMENT ON TABLE votes IS 'One a person and post.';
CREATE INDEX votes_user_idx ON votes (user_id);

CREATE TABLE user_settings (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  locale varchar(12) NOT NULL DEFAULT 'en',
  choices jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE user_settings IS 'How the pages are shown to somebody.';
COMMENT ON COLUMN user_settings.choices IS 'Read and written whole.';

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER threads_touch BEFORE UPDATE ON threads FOR EACH ROW EXECUTE FUNCTION touch();
