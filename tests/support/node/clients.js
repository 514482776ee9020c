// One authenticated query by each of two clients that browsers use: clients.js URL TOKEN PHONE.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { Client, fetchExchange } from "@urql/core";

const [url, token, phone] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
const document = "query Who($phone: String!) { person(by: {phone: $phone}) { id } }";

const apollo = new ApolloClient({ link: new HttpLink({ uri: url, headers }), cache: new InMemoryCache() });
const { data: apolloSaw } = await apollo.query({ query: gql(document), variables: { phone } });

const urql = new Client({ url, fetchOptions: { headers }, exchanges: [fetchExchange], preferGetMethod: false });
const { data: urqlSaw, error } = await urql.query(document, { phone }).toPromise();
if (error) throw error;

process.stdout.write(JSON.stringify({ apollo: apolloSaw.person.id, urql: urqlSaw.person.id }));
process.exit(0);
