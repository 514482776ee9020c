CREATE CONSTRAINT document_version_key IF NOT EXISTS FOR (v:DocumentVersion) REQUIRE v.key IS UNIQUE;
CREATE CONSTRAINT document_head_key IF NOT EXISTS FOR (h:DocumentHead) REQUIRE h.key IS UNIQUE;
MATCH (v:PolicyVersion) MERGE (d:DocumentVersion {key: 'identity|' + toString(v.number)}) SET d.family = 'identity', d.number = v.number, d.text = v.text, d.digest = v.digest, d.author = v.author, d.reason = v.reason, d.published_ms = v.published_ms;
MATCH (h:PolicyHead) MERGE (d:DocumentHead {key: h.key}) SET d.number = h.number, d.revision = h.revision, d.version = h.key + '|' + toString(h.number);
MATCH (v:PolicyVersion) DELETE v;
MATCH (h:PolicyHead) DELETE h;
