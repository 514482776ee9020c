// Load on a server: URL CONNECTIONS SECONDS FILE, the file holding a JSON list of autocannon's requests.
// Each connection begins at another place of the list, so that no two ask for the same at once.
import { readFile } from "node:fs/promises";
import autocannon from "autocannon";

const [url, connections, seconds, file] = process.argv.slice(2);
const requests = JSON.parse(await readFile(file, "utf8"));
let clients = 0;
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: requests.slice(0, 1),
  setupClient: (client) => {
    const start = Math.floor((requests.length * clients++) / Number(connections));
    client.setRequests([...requests.slice(start), ...requests.slice(0, start)]);
  },
});
console.log(
  JSON.stringify({
    rate: result.requests.average,
    p99_ms: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
  }),
);
