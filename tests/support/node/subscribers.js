// Follows persons from an event on, hears one change, drops out, and goes on to hear the others:
// subscribers.js URL TOKEN ws|sse AFTER NUMBER. Prints the persons in the order in which they were told.
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const [url, token, way, begin, number] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const query = "subscription ($after: ID) { personChanged(after: $after) { eventId personId } }";
const connect = {
  ws: () =>
    createWs({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { authorization }, lazy: false }),
  sse: () => createSse({ url, headers: { authorization }, retryAttempts: 0 }),
};

async function follow(after, most) {
  const client = connect[way]();
  const heard = [];
  for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
    if (errors) throw new Error(JSON.stringify(errors));
    heard.push(data.personChanged);
    if (heard.length === most) break;
  }
  await client.dispose();
  return heard;
}

const first = await follow(begin, 1);
const others = await follow(first[0].eventId, Number(number) - 1);
process.stdout.write(JSON.stringify([...first, ...others].map((one) => one.personId)));
process.exit(0);
