-- Whether another content came under the id of an answer, for whoever asks what became of it.
CREATE INDEX reply_contradicting ON bpjs.reply (reply) WHERE id <> reply;
