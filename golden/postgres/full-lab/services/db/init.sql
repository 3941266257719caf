CREATE TABLE trips (id INT PRIMARY KEY, note TEXT); -- `id` and "$HOME" stay as they are
INSERT INTO trips VALUES (1, 'it''s 5 o''clock; $(id)');
