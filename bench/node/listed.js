// A list of 20 objects of 6 fields from memory by mercurius: PORT. Prints a line once it answers.
import Fastify from "fastify";
import mercurius from "mercurius";

const things = Array.from({ length: 20 }, (_, at) => ({
  id: String(at),
  name: `thing ${at}`,
  size: at,
  weight: at / 2,
  good: at % 2 === 0,
  note: null,
}));
const app = Fastify();
app.register(mercurius, {
  schema: `
    type Thing { id: ID!, name: String!, size: Int!, weight: Float!, good: Boolean!, note: String }
    type Query { things: [Thing!]! }
  `,
  resolvers: { Query: { things: async () => things } },
  jit: 1,
});
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
console.log("ready");
