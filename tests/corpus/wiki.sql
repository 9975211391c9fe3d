CREATE TABLE pages (id bigserial PRIMARY KEY, slug text NOT NULL, locale varchar(5) NOT NULL DEFAULT 'en', current_revision_id bigint, UNIQUE (slug, locale));
CREATE TABLE revisions (id bigserial PRIMARY KEY, page_id bigint NOT NULL REFERENCES pages ON DELETE CASCADE, body text NOT NULL, author text,
  hash bytea NOT NULL, created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP);
ALTER TABLE pages ADD CONSTRAINT pages_current FOREIGN KEY (current_revision_id) REFERENCES revisions ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX revisions_hash ON revisions (page_id, hash);
CREATE INDEX pages_lower ON pages (lower(slug));
