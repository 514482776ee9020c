"use strict";

const PEOPLE = `# Run this with Ctrl-Enter; the next tab asks for one person. The book on the left explains every field.
# 按 Ctrl-Enter 运行；下一个标签页按手机号查询一个人。左侧的书本图标解释每个字段。

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

const PERSON = `# Who is this phone number, in every system, and what did they buy? Write the number under Variables.
# 这个手机号是谁？在每个系统里的记录，以及买过什么？把号码写在下方的 Variables 里。

query Person($phone: String!) {
  person(by: { phone: $phone }) {
    id
    profile { name value system observedAt }
    records { system externalId }
    identifiers { type scope masked validFrom validTo }
    totalSpent
    orderCount
    orders(first: 5) {
      nodes { system orderId placedAt status amountFen lines { name quantity } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

// The page's own address may carry a query to try: /graphql?q=...&variables=...
const given = new URLSearchParams(window.location.search);

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultTabs: [{ query: PEOPLE }, { query: PERSON, variables: '{ "phone": "" }' }],
    query: given.get("q") ?? undefined,
    variables: given.get("variables") ?? undefined,
  }),
);
