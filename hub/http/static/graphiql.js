"use strict";

const EXAMPLE = `# Who is this phone number, in every system, and what did they buy?
# 这个手机号是谁？在每个系统里的记录，以及买过什么？
# Ctrl-Enter runs it. The book on the left explains every field.

query Person($phone: String!) {
  person(by: { phone: $phone }) {
    id
    profile { name value system }
    records { system externalId }
    identifiers { type masked verified }
    totalSpent
    orderCount
    orders(first: 5) {
      nodes { system orderId placedAt status amountFen }
      pageInfo { hasNextPage endCursor }
    }
  }
}

query People {
  persons(first: 5) {
    nodes { id profile { name value } orderCount totalSpent }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const given = new URLSearchParams(window.location.search);

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: EXAMPLE,
    // The page's own address may carry a query to try: /graphql?q=...&variables=...
    initialQuery: given.get("q") ?? undefined,
    initialVariables: given.get("variables") ?? undefined,
  }),
);
