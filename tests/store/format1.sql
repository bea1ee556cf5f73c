BEGIN TRANSACTION;
CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    passage INTEGER NOT NULL,
    sign INTEGER NOT NULL
);
INSERT INTO "change" VALUES(1,1,1);
INSERT INTO "change" VALUES(2,2,1);
CREATE TABLE document (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    file TEXT,
    text TEXT NOT NULL,
    meta TEXT NOT NULL,
    layout TEXT NOT NULL
);
INSERT INTO "document" VALUES(1,'machine.txt','machine.txt','machine.txt','The boiler holds two litres. Descale it every three months.','{"title":"Machine"}','[[],[]]');
CREATE TABLE feedback (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    query TEXT NOT NULL,
    passage TEXT NOT NULL,
    verdict REAL NOT NULL,
    note TEXT NOT NULL
);
INSERT INTO "feedback" VALUES(1,'2026-01-01T00:00:00Z','How much water?','machine.txt:0',1.0,'thumb');
INSERT INTO "feedback" VALUES(2,'2026-01-02T00:00:00Z','除垢？','machine.txt:29',-1.0,'wrong 🙂');
INSERT INTO "feedback" VALUES(3,'2026-01-03T00:00:00Z','How much water?','gone:0',0.5,'');
CREATE TABLE file (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    hash BLOB NOT NULL,
    reason TEXT NOT NULL,
    hint TEXT NOT NULL,
    root TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "file" VALUES('machine.txt',59,1700000000000000000,X'00FF','','','.');
CREATE TABLE passage (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document(key) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    text TEXT NOT NULL,
    meta TEXT NOT NULL,
    hash BLOB NOT NULL
);
INSERT INTO "passage" VALUES(1,'machine.txt:0',1,0,28,'The boiler holds two litres.','{}',X'7D3615A9B3B42A616F30D59672BC6906');
INSERT INTO "passage" VALUES(2,'machine.txt:29',1,29,59,'Descale it every three months.','{}',X'C2D70A155628AC41D58CEF647992E38E');
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "setting" VALUES('x','y');
CREATE TABLE tag (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document(key) ON DELETE CASCADE,
    PRIMARY KEY (name, value, document)
) WITHOUT ROWID;
INSERT INTO "tag" VALUES('document','machine.txt',1);
INSERT INTO "tag" VALUES('title','Machine',1);
CREATE INDEX document_file ON document(file);
CREATE INDEX passage_document ON passage(document);
CREATE INDEX passage_id ON passage(id);
CREATE INDEX tag_document ON tag(document);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('document',1);
INSERT INTO "sqlite_sequence" VALUES('passage',2);
INSERT INTO "sqlite_sequence" VALUES('change',2);
INSERT INTO "sqlite_sequence" VALUES('feedback',3);
COMMIT;
PRAGMA user_version=1;
