// Composes the subgraph in the file that is the first argument with that of a shop, and plans the query that is the second:
// prints what is wrong with the composition, and the operations that the router would send to the hub.
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";

const SHOP = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { carts: [Cart!]! }
  type Cart @key(fields: "id") { id: ID! owner: Person! bought: Order member: Membership }
  type Person @key(fields: "id") { id: ID! wishes: [String!]! }
  type Order @key(fields: "id", resolvable: false) { id: ID! }
  type Membership @key(fields: "id", resolvable: false) { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`;
const composed = composeServices([
  { name: "hub", url: "http://hub", typeDefs: parse(readFileSync(process.argv[2], "utf8")) },
  { name: "shop", url: "http://shop", typeDefs: parse(SHOP) },
]);
const errors = (composed.errors ?? []).map((error) => error.message);
const sent = errors.length ? [] : plan(composed.supergraphSdl, process.argv[3]);
process.stdout.write(JSON.stringify({ errors, sent }));

function plan(sdl, query) {
  const supergraph = Supergraph.build(sdl);
  const operation = operationFromDocument(supergraph.apiSchema(), parse(query));
  const fetches = [];
  collect(new QueryPlanner(supergraph).buildQueryPlan(operation).node, fetches);
  return fetches.filter((one) => one.serviceName === "hub").map((one) => one.operation);
}

function collect(node, fetches) {
  if (node?.kind === "Fetch") fetches.push(node);
  for (const one of node?.nodes ?? (node?.node ? [node.node] : [])) collect(one, fetches);
}
