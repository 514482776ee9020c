CREATE INDEX order_unsettled IF NOT EXISTS FOR (o:Order) ON (o.unsettled_ms);
MATCH (o:Order)-[:PLACED_BY]->(:Record) WHERE o.unsettled_ms IS NULL AND o.points IS NULL SET o.unsettled_ms = o.placed_ms;
