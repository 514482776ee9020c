CREATE CONSTRAINT similarity_model_id IF NOT EXISTS FOR (m:SimilarityModel) REQUIRE m.id IS UNIQUE;
