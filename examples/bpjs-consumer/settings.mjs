// The settings, from the environment: README.md explains each.
const { env } = process;

const { KAFKA_BOOTSTRAP_SERVERS: servers = "127.0.0.1:9092" } = env;
export const kafka = { bootstrapBrokers: servers.split(","), clientId: "bpjs-consumer" };
export const group = { groupId: env.KAFKA_GROUP ?? "bpjs-consumer", groupInstanceId: env.KAFKA_INSTANCE ?? "1" };
export const topic = `${env.JEJAK_TOPIC_PREFIX ?? "jejak"}.bpjs`;
export const { JEJAK_URL: jejak, JEJAK_TOKEN: token, OAUTH_TOKEN_URL: tokenUrl, ANSWER_BY: answerBy = "kafka" } = env;
export const { OAUTH_CLIENT_ID: clientId, OAUTH_CLIENT_SECRET: clientSecret, OAUTH_SCOPE: scope = "jejak.bpjs" } = env;
export const { PRIVATE_KEYS: keyFolder = "keys", DATABASE: database = "bpjs.sqlite" } = env;
