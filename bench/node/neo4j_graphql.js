// One member by @neo4j/graphql on Apollo Server: PORT, with HUB_GRAPH_URI, HUB_GRAPH_USER and HUB_GRAPH_PASSWORD.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { Neo4jGraphQL } from "@neo4j/graphql";
import neo4j from "neo4j-driver";

const typeDefs = `#graphql
  type Person @node {
    id: String!
    records: [Record!]! @relationship(type: "OF", direction: IN)
  }
  type Record @node {
    system: String!
    external_id: String!
    created_ms: Float!
    identifiers: [Identifier!]! @relationship(type: "CLAIMS", direction: OUT, properties: "Claim")
    enrolments: [Enrolment!]! @relationship(type: "HAS", direction: OUT)
    accounts: [Account!]! @relationship(type: "HOLDS", direction: OUT)
    orders: [Order!]! @relationship(type: "PLACED_BY", direction: IN)
  }
  type Claim @relationshipProperties { verified: Boolean!, valid_from_ms: Float! }
  type Identifier @node { type: String!, scope: String!, masked: String! }
  type Enrolment @node { programme: String!, joined_ms: Float!, channel: String }
  type Account @node { programme: String!, asset: String!, free: String!, holds: String! }
  type Order @node { order_id: String!, placed_ms: Float!, status: String!, amount_fen: Float! }
  type Query {
    member(key: String!): Person @cypher(
      statement: """
      MATCH (:Identifier {key: $key})<-[c:CLAIMS]-(:Record)-[:OF]->(p:Person)
      WHERE c.valid_to_ms IS NULL
      RETURN DISTINCT p
      """
      columnName: "p"
    )
  }
`;
const { HUB_GRAPH_URI, HUB_GRAPH_USER, HUB_GRAPH_PASSWORD, HUB_GRAPH_DATABASE } = process.env;
const auth = HUB_GRAPH_PASSWORD ? neo4j.auth.basic(HUB_GRAPH_USER, HUB_GRAPH_PASSWORD) : undefined;
const driver = neo4j.driver(HUB_GRAPH_URI, auth);
const sessionConfig = HUB_GRAPH_DATABASE ? { database: HUB_GRAPH_DATABASE } : {};
const server = new ApolloServer({ schema: await new Neo4jGraphQL({ typeDefs, driver }).getSchema() });
await startStandaloneServer(server, {
  context: async () => ({ sessionConfig }),
  listen: { port: Number(process.argv[2]), host: "127.0.0.1" },
});
