CREATE CONSTRAINT access_mention_key IF NOT EXISTS FOR (m:AccessMention) REQUIRE m.key IS UNIQUE;
MATCH (e:AccessEntry) UNWIND e.persons AS person MERGE (m:AccessMention {key: person + '|' + right('00000000000000' + toString(e.number), 15)}) SET m.number = e.number;
