--
-- PostgreSQL database dump
--

\restrict hekwOt4Cq46PipeNH2WRcg6LE1QJnDPdfUha0ZC3O8ZtQRMVrc8euTZQdsezv6N

-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: archive; Type: SCHEMA; Schema: -; Owner: lab
--

CREATE SCHEMA archive;


ALTER SCHEMA archive OWNER TO lab;

--
-- Name: Shelf Mark; Type: TYPE; Schema: public; Owner: lab
--

CREATE TYPE public."Shelf Mark" AS (
	room integer,
	shelf text
);


ALTER TYPE public."Shelf Mark" OWNER TO lab;

--
-- Name: isbn; Type: DOMAIN; Schema: public; Owner: lab
--

CREATE DOMAIN public.isbn AS text
	CONSTRAINT isbn_check CHECK ((VALUE ~ '^[0-9]{13}$'::text));


ALTER DOMAIN public.isbn OWNER TO lab;

--
-- Name: loan_state; Type: TYPE; Schema: public; Owner: lab
--

CREATE TYPE public.loan_state AS ENUM (
    'open',
    'overdue',
    'returned',
    'it''s lost'
);


ALTER TYPE public.loan_state OWNER TO lab;

--
-- Name: TYPE loan_state; Type: COMMENT; Schema: public; Owner: lab
--

COMMENT ON TYPE public.loan_state IS 'where a loan stands';


--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: lab
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  -- a ; and a ' inside do not end anything
  NEW.updated_at = CURRENT_TIMESTAMP;
  RETURN NEW;
END
$$;


ALTER FUNCTION public.touch() OWNER TO lab;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: letters; Type: TABLE; Schema: archive; Owner: lab
--

CREATE TABLE archive.letters (
    id uuid NOT NULL,
    member_id bigint,
    body text
);


ALTER TABLE archive.letters OWNER TO lab;

--
-- Name: authors; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.authors (
    id integer NOT NULL,
    name text NOT NULL
);


ALTER TABLE public.authors OWNER TO lab;

--
-- Name: authors_id_seq; Type: SEQUENCE; Schema: public; Owner: lab
--

CREATE SEQUENCE public.authors_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.authors_id_seq OWNER TO lab;

--
-- Name: authors_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: lab
--

ALTER SEQUENCE public.authors_id_seq OWNED BY public.authors.id;


--
-- Name: books; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.books (
    id bigint NOT NULL,
    isbn public.isbn,
    title text NOT NULL,
    subtitle text,
    author_id integer NOT NULL,
    pages integer,
    price money,
    mark public."Shelf Mark",
    search tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, ((title || ' '::text) || COALESCE(subtitle, ''::text)))) STORED
)
WITH (fillfactor='80');


ALTER TABLE public.books OWNER TO lab;

--
-- Name: books_id_seq; Type: SEQUENCE; Schema: public; Owner: lab
--

CREATE SEQUENCE public.books_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.books_id_seq OWNER TO lab;

--
-- Name: books_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: lab
--

ALTER SEQUENCE public.books_id_seq OWNED BY public.books.id;


--
-- Name: copies; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.copies (
    book_id bigint NOT NULL,
    number smallint NOT NULL,
    shelf text COLLATE pg_catalog."C"
);


ALTER TABLE public.copies OWNER TO lab;

--
-- Name: events; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.events (
    id bigint NOT NULL,
    kind text NOT NULL
)
PARTITION BY LIST (kind);


ALTER TABLE public.events OWNER TO lab;

--
-- Name: events_in; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.events_in (
    id bigint CONSTRAINT events_id_not_null NOT NULL,
    kind text CONSTRAINT events_kind_not_null NOT NULL
);


ALTER TABLE public.events_in OWNER TO lab;

--
-- Name: loans; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.loans (
    id bigint NOT NULL,
    book_id bigint NOT NULL,
    copy smallint NOT NULL,
    member_id bigint NOT NULL,
    state public.loan_state DEFAULT 'open'::public.loan_state NOT NULL,
    history public.loan_state[] DEFAULT ARRAY['open'::public.loan_state],
    lent_on date NOT NULL,
    due_on date NOT NULL
)
PARTITION BY RANGE (lent_on);


ALTER TABLE public.loans OWNER TO lab;

--
-- Name: loans_2024; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.loans_2024 (
    id bigint CONSTRAINT loans_id_not_null NOT NULL,
    book_id bigint CONSTRAINT loans_book_id_not_null NOT NULL,
    copy smallint CONSTRAINT loans_copy_not_null NOT NULL,
    member_id bigint CONSTRAINT loans_member_id_not_null NOT NULL,
    state public.loan_state DEFAULT 'open'::public.loan_state CONSTRAINT loans_state_not_null NOT NULL,
    history public.loan_state[] DEFAULT ARRAY['open'::public.loan_state],
    lent_on date CONSTRAINT loans_lent_on_not_null NOT NULL,
    due_on date CONSTRAINT loans_due_on_not_null NOT NULL
);


ALTER TABLE public.loans_2024 OWNER TO lab;

--
-- Name: loans_2025; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.loans_2025 (
    id bigint CONSTRAINT loans_id_not_null NOT NULL,
    book_id bigint CONSTRAINT loans_book_id_not_null NOT NULL,
    copy smallint CONSTRAINT loans_copy_not_null NOT NULL,
    member_id bigint CONSTRAINT loans_member_id_not_null NOT NULL,
    state public.loan_state DEFAULT 'open'::public.loan_state CONSTRAINT loans_state_not_null NOT NULL,
    history public.loan_state[] DEFAULT ARRAY['open'::public.loan_state],
    lent_on date CONSTRAINT loans_lent_on_not_null NOT NULL,
    due_on date CONSTRAINT loans_due_on_not_null NOT NULL
);


ALTER TABLE public.loans_2025 OWNER TO lab;

--
-- Name: loans_id_seq; Type: SEQUENCE; Schema: public; Owner: lab
--

ALTER TABLE public.loans ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.loans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: loans_other; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.loans_other (
    id bigint CONSTRAINT loans_id_not_null NOT NULL,
    book_id bigint CONSTRAINT loans_book_id_not_null NOT NULL,
    copy smallint CONSTRAINT loans_copy_not_null NOT NULL,
    member_id bigint CONSTRAINT loans_member_id_not_null NOT NULL,
    state public.loan_state DEFAULT 'open'::public.loan_state CONSTRAINT loans_state_not_null NOT NULL,
    history public.loan_state[] DEFAULT ARRAY['open'::public.loan_state],
    lent_on date CONSTRAINT loans_lent_on_not_null NOT NULL,
    due_on date CONSTRAINT loans_due_on_not_null NOT NULL
);


ALTER TABLE public.loans_other OWNER TO lab;

--
-- Name: ticket_numbers; Type: SEQUENCE; Schema: public; Owner: lab
--

CREATE SEQUENCE public.ticket_numbers
    START WITH 1000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.ticket_numbers OWNER TO lab;

--
-- Name: members; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.members (
    id bigint NOT NULL,
    ticket bigint DEFAULT nextval('public.ticket_numbers'::regclass) NOT NULL,
    email character varying(254) NOT NULL,
    "fullName" text NOT NULL,
    born date,
    balance numeric(10,2) DEFAULT '-1.50'::numeric NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    preferences jsonb DEFAULT '{"print": true}'::jsonb NOT NULL,
    referred_by bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP,
    opens time without time zone DEFAULT '09:00:00'::time without time zone,
    token uuid DEFAULT gen_random_uuid(),
    initials character(2),
    flags bit(8) DEFAULT '00000001'::"bit",
    lives smallint DEFAULT 9 NOT NULL,
    score real DEFAULT 0.5,
    is_staff boolean DEFAULT false NOT NULL,
    CONSTRAINT balance_has_a_floor CHECK (((balance >= ('-100'::integer)::numeric) AND ((balance < '1000000'::numeric) OR is_staff))),
    CONSTRAINT members_born_check CHECK ((born > '1900-01-01'::date))
);


ALTER TABLE public.members OWNER TO lab;

--
-- Name: TABLE members; Type: COMMENT; Schema: public; Owner: lab
--

COMMENT ON TABLE public.members IS 'People who borrow; größer als gedacht.';


--
-- Name: COLUMN members.email; Type: COMMENT; Schema: public; Owner: lab
--

COMMENT ON COLUMN public.members.email IS 'Where reminders go.';


--
-- Name: members_id_seq; Type: SEQUENCE; Schema: public; Owner: lab
--

ALTER TABLE public.members ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.members_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: overdue; Type: VIEW; Schema: public; Owner: lab
--

CREATE VIEW public.overdue AS
 SELECT id,
    member_id
   FROM public.loans
  WHERE (state = 'overdue'::public.loan_state);


ALTER VIEW public.overdue OWNER TO lab;

--
-- Name: popular; Type: MATERIALIZED VIEW; Schema: public; Owner: lab
--

CREATE MATERIALIZED VIEW public.popular AS
 SELECT book_id,
    count(*) AS loans
   FROM public.loans
  GROUP BY book_id
  WITH NO DATA;


ALTER MATERIALIZED VIEW public.popular OWNER TO lab;

--
-- Name: rooms; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.rooms (
    id integer NOT NULL,
    during tsrange NOT NULL,
    floor integer NOT NULL,
    CONSTRAINT floors CHECK (((floor >= '-2'::integer) AND (floor <= 12)))
);


ALTER TABLE public.rooms OWNER TO lab;

--
-- Name: scratch; Type: TABLE; Schema: public; Owner: lab
--

CREATE UNLOGGED TABLE public.scratch (
    k text NOT NULL,
    v jsonb
);


ALTER TABLE public.scratch OWNER TO lab;

--
-- Name: shards; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.shards (
    id bigint NOT NULL
)
PARTITION BY HASH (id);


ALTER TABLE public.shards OWNER TO lab;

--
-- Name: shards_0; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.shards_0 (
    id bigint CONSTRAINT shards_id_not_null NOT NULL
);


ALTER TABLE public.shards_0 OWNER TO lab;

--
-- Name: shards_1; Type: TABLE; Schema: public; Owner: lab
--

CREATE TABLE public.shards_1 (
    id bigint CONSTRAINT shards_id_not_null NOT NULL
);


ALTER TABLE public.shards_1 OWNER TO lab;

--
-- Name: events_in; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_in FOR VALUES IN ('in', 'back');


--
-- Name: loans_2024; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans ATTACH PARTITION public.loans_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');


--
-- Name: loans_2025; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans ATTACH PARTITION public.loans_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');


--
-- Name: loans_other; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans ATTACH PARTITION public.loans_other DEFAULT;


--
-- Name: shards_0; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.shards ATTACH PARTITION public.shards_0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: shards_1; Type: TABLE ATTACH; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.shards ATTACH PARTITION public.shards_1 FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: authors id; Type: DEFAULT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.authors ALTER COLUMN id SET DEFAULT nextval('public.authors_id_seq'::regclass);


--
-- Name: books id; Type: DEFAULT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.books ALTER COLUMN id SET DEFAULT nextval('public.books_id_seq'::regclass);


--
-- Name: letters letters_pkey; Type: CONSTRAINT; Schema: archive; Owner: lab
--

ALTER TABLE ONLY archive.letters
    ADD CONSTRAINT letters_pkey PRIMARY KEY (id);


--
-- Name: authors authors_name_key; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.authors
    ADD CONSTRAINT authors_name_key UNIQUE (name);


--
-- Name: authors authors_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.authors
    ADD CONSTRAINT authors_pkey PRIMARY KEY (id);


--
-- Name: books books_isbn_key; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_isbn_key UNIQUE (isbn);


--
-- Name: books books_pk; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_pk PRIMARY KEY (id);


--
-- Name: copies copies_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.copies
    ADD CONSTRAINT copies_pkey PRIMARY KEY (book_id, number);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id, kind);


--
-- Name: events_in events_in_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.events_in
    ADD CONSTRAINT events_in_pkey PRIMARY KEY (id, kind);


--
-- Name: loans loans_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans
    ADD CONSTRAINT loans_pkey PRIMARY KEY (id, lent_on);


--
-- Name: loans_2024 loans_2024_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans_2024
    ADD CONSTRAINT loans_2024_pkey PRIMARY KEY (id, lent_on);


--
-- Name: loans_2025 loans_2025_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans_2025
    ADD CONSTRAINT loans_2025_pkey PRIMARY KEY (id, lent_on);


--
-- Name: loans_other loans_other_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.loans_other
    ADD CONSTRAINT loans_other_pkey PRIMARY KEY (id, lent_on);


--
-- Name: members members_email_key; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_email_key UNIQUE (email);


--
-- Name: members members_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (id);


--
-- Name: members members_ticket_key; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_ticket_key UNIQUE (ticket);


--
-- Name: rooms rooms_during_excl; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.rooms
    ADD CONSTRAINT rooms_during_excl EXCLUDE USING gist (during WITH &&);


--
-- Name: rooms rooms_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.rooms
    ADD CONSTRAINT rooms_pkey PRIMARY KEY (id);


--
-- Name: scratch scratch_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.scratch
    ADD CONSTRAINT scratch_pkey PRIMARY KEY (k);


--
-- Name: shards shards_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.shards
    ADD CONSTRAINT shards_pkey PRIMARY KEY (id);


--
-- Name: shards_0 shards_0_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.shards_0
    ADD CONSTRAINT shards_0_pkey PRIMARY KEY (id);


--
-- Name: shards_1 shards_1_pkey; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.shards_1
    ADD CONSTRAINT shards_1_pkey PRIMARY KEY (id);


--
-- Name: books title_and_author; Type: CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.books
    ADD CONSTRAINT title_and_author UNIQUE (title, author_id);


--
-- Name: letters_member_id_idx; Type: INDEX; Schema: archive; Owner: lab
--

CREATE INDEX letters_member_id_idx ON archive.letters USING btree (member_id);


--
-- Name: books_author_id_title_pages_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX books_author_id_title_pages_idx ON public.books USING btree (author_id) INCLUDE (title, pages);


--
-- Name: books_lower_expr_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX books_lower_expr_idx ON public.books USING btree (lower(title), ((pages + 1)));


--
-- Name: books_pattern; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX books_pattern ON public.books USING btree (title text_pattern_ops, subtitle DESC NULLS LAST, pages NULLS FIRST);


--
-- Name: books_search_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX books_search_idx ON public.books USING gin (search);


--
-- Name: open_loans; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX open_loans ON ONLY public.loans USING btree (due_on) WHERE (state = 'open'::public.loan_state);


--
-- Name: INDEX open_loans; Type: COMMENT; Schema: public; Owner: lab
--

COMMENT ON INDEX public.open_loans IS 'what the desk looks at all day';


--
-- Name: loans_2024_due_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_2024_due_on_idx ON public.loans_2024 USING btree (due_on) WHERE (state = 'open'::public.loan_state);


--
-- Name: loans_member_id_lent_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_member_id_lent_on_idx ON ONLY public.loans USING btree (member_id, lent_on DESC);


--
-- Name: loans_2024_member_id_lent_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_2024_member_id_lent_on_idx ON public.loans_2024 USING btree (member_id, lent_on DESC);


--
-- Name: loans_2025_due_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_2025_due_on_idx ON public.loans_2025 USING btree (due_on) WHERE (state = 'open'::public.loan_state);


--
-- Name: loans_2025_member_id_lent_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_2025_member_id_lent_on_idx ON public.loans_2025 USING btree (member_id, lent_on DESC);


--
-- Name: loans_other_due_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_other_due_on_idx ON public.loans_other USING btree (due_on) WHERE (state = 'open'::public.loan_state);


--
-- Name: loans_other_member_id_lent_on_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX loans_other_member_id_lent_on_idx ON public.loans_other USING btree (member_id, lent_on DESC);


--
-- Name: members_created_at_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX members_created_at_idx ON public.members USING brin (created_at);


--
-- Name: members_preferences_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX members_preferences_idx ON public.members USING gin (preferences jsonb_path_ops);


--
-- Name: members_tags; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX members_tags ON public.members USING gin (tags) WITH (fastupdate=off);


--
-- Name: members_token_idx; Type: INDEX; Schema: public; Owner: lab
--

CREATE INDEX members_token_idx ON public.members USING hash (token);


--
-- Name: one_staff; Type: INDEX; Schema: public; Owner: lab
--

CREATE UNIQUE INDEX one_staff ON public.members USING btree (lower((email)::text)) WHERE is_staff;


--
-- Name: popular_book; Type: INDEX; Schema: public; Owner: lab
--

CREATE UNIQUE INDEX popular_book ON public.popular USING btree (book_id);


--
-- Name: events_in_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_in_pkey;


--
-- Name: loans_2024_due_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.open_loans ATTACH PARTITION public.loans_2024_due_on_idx;


--
-- Name: loans_2024_member_id_lent_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_member_id_lent_on_idx ATTACH PARTITION public.loans_2024_member_id_lent_on_idx;


--
-- Name: loans_2024_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_pkey ATTACH PARTITION public.loans_2024_pkey;


--
-- Name: loans_2025_due_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.open_loans ATTACH PARTITION public.loans_2025_due_on_idx;


--
-- Name: loans_2025_member_id_lent_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_member_id_lent_on_idx ATTACH PARTITION public.loans_2025_member_id_lent_on_idx;


--
-- Name: loans_2025_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_pkey ATTACH PARTITION public.loans_2025_pkey;


--
-- Name: loans_other_due_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.open_loans ATTACH PARTITION public.loans_other_due_on_idx;


--
-- Name: loans_other_member_id_lent_on_idx; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_member_id_lent_on_idx ATTACH PARTITION public.loans_other_member_id_lent_on_idx;


--
-- Name: loans_other_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.loans_pkey ATTACH PARTITION public.loans_other_pkey;


--
-- Name: shards_0_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.shards_pkey ATTACH PARTITION public.shards_0_pkey;


--
-- Name: shards_1_pkey; Type: INDEX ATTACH; Schema: public; Owner: lab
--

ALTER INDEX public.shards_pkey ATTACH PARTITION public.shards_1_pkey;


--
-- Name: book_pages; Type: STATISTICS; Schema: public; Owner: lab
--

CREATE STATISTICS public.book_pages ON author_id, pages FROM public.books;


ALTER STATISTICS public.book_pages OWNER TO lab;

--
-- Name: authors keep_authors; Type: RULE; Schema: public; Owner: lab
--

CREATE RULE keep_authors AS
    ON DELETE TO public.authors DO INSTEAD NOTHING;


--
-- Name: members members_touch; Type: TRIGGER; Schema: public; Owner: lab
--

CREATE TRIGGER members_touch BEFORE UPDATE ON public.members FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: letters letters_member_id_fkey; Type: FK CONSTRAINT; Schema: archive; Owner: lab
--

ALTER TABLE ONLY archive.letters
    ADD CONSTRAINT letters_member_id_fkey FOREIGN KEY (member_id) REFERENCES public.members(id);


--
-- Name: books books_author_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.authors(id) ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE;


--
-- Name: copies copies_book_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.copies
    ADD CONSTRAINT copies_book_id_fkey FOREIGN KEY (book_id) REFERENCES public.books(id) ON DELETE CASCADE;


--
-- Name: loans loan_of_member; Type: FK CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE public.loans
    ADD CONSTRAINT loan_of_member FOREIGN KEY (member_id) REFERENCES public.members(id) ON DELETE CASCADE;


--
-- Name: loans loans_book_id_copy_fkey; Type: FK CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE public.loans
    ADD CONSTRAINT loans_book_id_copy_fkey FOREIGN KEY (book_id, copy) REFERENCES public.copies(book_id, number);


--
-- Name: members members_referred_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: lab
--

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_referred_by_fkey FOREIGN KEY (referred_by) REFERENCES public.members(id) ON DELETE SET NULL;


--
-- Name: members; Type: ROW SECURITY; Schema: public; Owner: lab
--

ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;

--
-- Name: members own_row; Type: POLICY; Schema: public; Owner: lab
--

CREATE POLICY own_row ON public.members USING ((id = (current_setting('library.member'::text, true))::bigint));


--
-- PostgreSQL database dump complete
--

\unrestrict hekwOt4Cq46PipeNH2WRcg6LE1QJnDPdfUha0ZC3O8ZtQRMVrc8euTZQdsezv6N

