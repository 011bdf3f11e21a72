-- Whether any file still names these contents: asked of every content before it is forgotten.
CREATE INDEX file_original ON file (original);
CREATE INDEX file_shown ON file (shown) WHERE shown IS NOT NULL;
