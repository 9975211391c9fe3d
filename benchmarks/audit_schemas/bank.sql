-- Accounts kept by double entry.
CREATE TYPE account_kind AS ENUM ('asset', 'liability', 'income', 'expense');
CREATE TYPE transfer_status AS ENUM ('pending', 'posted', 'reversed');

CREATE TABLE currencies (
  code char(3) PRIMARY KEY CHECK (code = upper(code)),
  name text NOT NULL,
  decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 4)
);
COMMENT ON TABLE currencies IS 'ISO 4217.';

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  legal_name text NOT NULL,
  tax_id varchar(20) NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS 'People and firms with an account.';
COMMENT ON COLUMN customers.tax_id IS 'For the yearly report; kept ten years after the last account is closed.';
COMMENT ON COLUMN customers.password_hash IS 'Argon2id.';

CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint REFERENCES customers ON DELETE RESTRICT,
  currency_code char(3) NOT NULL REFERENCES currencies ON DELETE RESTRICT,
  kind account_kind NOT NULL,
  iban varchar(34) UNIQUE,
  opened_on date NOT NULL,
  closed_on date,
  CHECK (closed_on >= opened_on)
);
COMMENT ON TABLE accounts IS 'Of customers, and of the bank itself.';
COMMENT ON COLUMN accounts.customer_id IS 'NULL for the bank''s own.';
COMMENT ON COLUMN accounts.iban IS 'NULL for the bank''s own.';
CREATE INDEX accounts_customer_idx ON accounts (customer_id);
CREATE INDEX accounts_currency_idx ON accounts (currency_code);

CREATE TABLE transfers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference uuid NOT NULL UNIQUE,
  status transfer_status NOT NULL DEFAULT 'pending',
  purpose text NOT NULL,
  booked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE transfers IS 'What moves money; its entries add up to nothing.';
COMMENT ON COLUMN transfers.reference IS 'Given by the client, so that a repeated request books once.';

CREATE TABLE entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transfer_id bigint NOT NULL REFERENCES transfers ON DELETE RESTRICT,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE RESTRICT,
  amount numeric(18,4) NOT NULL CHECK (amount <> 0),
  booked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE entries IS 'One side of a transfer.';
COMMENT ON COLUMN entries.amount IS 'In the account''s currency; negative is taken from it.';
CREATE INDEX entries_transfer_idx ON entries (transfer_id);
CREATE INDEX entries_account_idx ON entries (account_id, booked_at);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER customers_touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
