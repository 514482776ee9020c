CREATE CONSTRAINT policy_version_number IF NOT EXISTS FOR (v:PolicyVersion) REQUIRE v.number IS UNIQUE;
CREATE CONSTRAINT policy_head_key IF NOT EXISTS FOR (h:PolicyHead) REQUIRE h.key IS UNIQUE;
