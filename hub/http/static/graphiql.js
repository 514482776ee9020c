"use strict";

const PEOPLE = `# Run this with Ctrl-Enter; the next tab
# asks for one person. The book on the left
# explains every field.
#
# 按 Ctrl-Enter 运行；下一个标签页查询一位
# 顾客。左侧的书本图标解释每个字段。

query People {
  persons(first: 5) {
    nodes {
      id
      profile { name value }
      identifiers { type masked }
      orderCount
      totalSpent
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const PERSON = `# Who is behind this phone number,
# in every system, and what did they buy?
# The number is one of the demo data;
# put yours in its place.
#
# 这个手机号是谁？在各个系统里有哪些记录，
# 买过什么？号码来自演示数据，可换成您的。

query Person {
  person(by: { phone: "18029876359" }) {
    id
    profile { name value system }
    records { system externalId }
    identifiers { type scope masked }
    totalSpent
    orderCount
    orders(first: 5) {
      nodes {
        system
        orderId
        placedAt
        status
        amountFen
        lines { name quantity }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

const socket = new URL("/graphql", window.location.href);
socket.protocol = socket.protocol.replace("http", "ws");
const send = GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl: socket.href });

// GraphiQL may still name an operation of the query that another was just pasted over.
function fetcher({ operationName, ...asked }, options) {
  const defined = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(asked.query);
  return send(defined ? { ...asked, operationName } : asked, options);
}

// The page's own address may carry a query to try: /graphql?q=...&variables=...
const given = new URLSearchParams(window.location.search);

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: [{ query: PEOPLE }, { query: PERSON }],
    query: given.get("q") ?? undefined,
    variables: given.get("variables") ?? undefined,
  }),
);
