CREATE INDEX enrolment_place IF NOT EXISTS FOR (n:Enrolment) ON (n.place);
MATCH (n:Enrolment) SET n.place = n.programme + '|' + right('00000000000000' + toString(n.joined_ms), 15) + '|' + n.key;
