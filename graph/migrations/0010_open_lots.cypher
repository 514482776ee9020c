CREATE INDEX lot_place IF NOT EXISTS FOR (l:Lot) ON (l.place);
MATCH (a:Account)-[:OPEN]->(l:Lot) SET l.place = a.key + '|' + right('00000000000000' + toString(l.expires_ms), 15) + '|' + right('00000000000000' + toString(l.earned_ms), 15) + '|' + l.id;
