CREATE CONSTRAINT case_key IF NOT EXISTS FOR (c:Case) REQUIRE c.key IS UNIQUE;
CREATE CONSTRAINT case_id IF NOT EXISTS FOR (c:Case) REQUIRE c.id IS UNIQUE;
CREATE CONSTRAINT decision_id IF NOT EXISTS FOR (d:Decision) REQUIRE d.id IS UNIQUE;
CREATE CONSTRAINT unsettled_key IF NOT EXISTS FOR (u:Unsettled) REQUIRE u.key IS UNIQUE;
CREATE INDEX case_state IF NOT EXISTS FOR (c:Case) ON (c.state);
MATCH (i:Identifier) WHERE i.live IS NULL SET i.live = COUNT { (i)<-[c:CLAIMS]-(:Record) WHERE c.valid_to_ms IS NULL }, i.blocked = false, i.releases = [], i.cases = 0;
MATCH (:Record)-[o:OF]->(:Person) WHERE o.since_ms IS NULL SET o.since_ms = 0;
