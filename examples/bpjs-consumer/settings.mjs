// The settings, from the environment: README.md explains each.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";

const { env } = process;
const file = (name) => (env[name] ? readFileSync(env[name]) : undefined);

const { KAFKA_BOOTSTRAP_SERVERS: servers = "127.0.0.1:9092", KAFKA_SECURITY_PROTOCOL: protocol = "PLAINTEXT" } = env;
const { KAFKA_SASL_MECHANISM: mechanism = "SCRAM-SHA-512", KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = env;
const tls = { ca: file("KAFKA_SSL_CA"), cert: file("KAFKA_SSL_CERT"), key: file("KAFKA_SSL_KEY") };
const bootstrapBrokers = servers.split(",");
const tlsServerName = !bootstrapBrokers.some((broker) => isIP(broker.split(":")[0])); // an address is not sent as a name
export const kafka = {
  bootstrapBrokers,
  clientId: "bpjs-consumer",
  ...(protocol.endsWith("SSL") && { tls, tlsServerName }),
  ...(protocol.startsWith("SASL") && { sasl: { mechanism, username, password } }),
};
export const group = { groupId: env.KAFKA_GROUP ?? "bpjs-consumer", groupInstanceId: env.KAFKA_INSTANCE ?? "1" };
export const topic = `${env.JEJAK_TOPIC_PREFIX ?? "jejak"}.bpjs`;
export const { JEJAK_URL: jejak, JEJAK_TOKEN: token, OAUTH_TOKEN_URL: tokenUrl, ANSWER_BY: answerBy = "kafka" } = env;
export const { OAUTH_CLIENT_ID: clientId, OAUTH_CLIENT_SECRET: clientSecret, OAUTH_SCOPE: scope = "jejak.bpjs" } = env;
export const { PRIVATE_KEYS: keyFolder = "keys", DATABASE: database = "bpjs.sqlite" } = env;
