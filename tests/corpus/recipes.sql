CREATE TABLE recipes (id serial PRIMARY KEY, name text NOT NULL, serves smallint CHECK (serves > 0), steps text[] NOT NULL DEFAULT '{}');
CREATE TABLE ingredients (id serial PRIMARY KEY, name text NOT NULL UNIQUE, kcal_per_100g numeric(6, 1));
CREATE TABLE recipe_ingredients (recipe_id integer NOT NULL REFERENCES recipes ON DELETE CASCADE, ingredient_id integer NOT NULL REFERENCES ingredients,
  grams numeric(7, 1) NOT NULL CHECK (grams > 0), PRIMARY KEY (recipe_id, ingredient_id));
CREATE TABLE ratings (recipe_id integer NOT NULL REFERENCES recipes ON DELETE CASCADE, rater inet NOT NULL, stars smallint NOT NULL,
  CONSTRAINT five CHECK (stars BETWEEN 1 AND 5), CONSTRAINT ratings_key UNIQUE (recipe_id, rater));
