-- Double entry with deferred references, triggers, a sequence of its own and a rule.
CREATE SEQUENCE voucher_numbers START WITH 5000 INCREMENT BY 5 CACHE 10;
COMMENT ON SEQUENCE voucher_numbers IS 'printed on paper';
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'entries are final';
END
$$;
CREATE FUNCTION cents(amount numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT (amount * 100)::bigint';
COMMENT ON FUNCTION cents(numeric) IS 'no rounding';
CREATE TABLE accounts (
  code varchar(12) COLLATE "C" PRIMARY KEY,
  parent varchar(12) COLLATE "C" REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  name text NOT NULL,
  kind char(1) NOT NULL CONSTRAINT accounts_kind CHECK (kind IN ('A', 'L', 'E', 'R', 'X'))
);
CREATE TABLE vouchers (
  number bigint PRIMARY KEY DEFAULT nextval('voucher_numbers'),
  day date NOT NULL DEFAULT CURRENT_DATE,
  reverses bigint UNIQUE DEFERRABLE INITIALLY DEFERRED REFERENCES vouchers DEFERRABLE
);
CREATE TABLE entries (
  voucher bigint NOT NULL REFERENCES vouchers DEFERRABLE INITIALLY DEFERRED,
  line smallint NOT NULL,
  account varchar(12) COLLATE "C" NOT NULL REFERENCES accounts,
  debit numeric(14, 2) NOT NULL DEFAULT 0.00,
  credit numeric(14, 2) NOT NULL DEFAULT 0.00,
  memo text,
  PRIMARY KEY (voucher, line),
  CONSTRAINT one_side CHECK ((debit = 0) <> (credit = 0)),
  CONSTRAINT not_negative CHECK (debit >= 0 AND credit >= 0)
);
CREATE TRIGGER entries_final BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TRIGGER entries_final ON entries IS 'corrections are new vouchers';
CREATE RULE vouchers_stay AS ON DELETE TO vouchers DO INSTEAD NOTHING;
CREATE INDEX entries_account ON entries (account, voucher) INCLUDE (debit, credit);
CREATE INDEX entries_cents ON entries (cents(debit));
CREATE INDEX entries_memo ON entries (memo COLLATE "C" varchar_pattern_ops DESC NULLS LAST) WHERE memo IS NOT NULL;
ALTER TABLE entries ALTER COLUMN memo SET STORAGE EXTERNAL;
