// Reads what offices ask of BPJS over HTTP, checks signatures, decrypts, and answers. README.md says how to run it.
import static java.nio.charset.StandardCharsets.UTF_8;
import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.*;
import com.nimbusds.jose.jwk.*;
import com.nimbusds.jose.jwk.source.*;
import com.nimbusds.jose.util.*;
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.text.ParseException;
import java.time.*;
import java.util.*;
import java.util.stream.*;

@SuppressWarnings("unchecked")
public final class Consumer {
    // Replace this. It returns the answers to a submission: here always yes, from the day the submission was sent.
    static List<Map<String, Object>> decide(Map<String, Object> submission, Map<String, Object> person) {
        String on = "deactivation".equals(submission.get("action")) ? "ended" : "active";
        String since = submission.get("sent_at").toString();
        return List.of(Map.of("result", "accepted"), Map.of("result", on, "since", since.substring(0, 10)));
    }

    record Seen(String epoch, long position, boolean parked) {}
    record Signed(Map<String, Object> ce, Map<String, Object> data) {}
    record Reply(boolean urgent, Map<String, Object> body) {}
    final Map<String, Seen> seen = new LinkedHashMap<>(); // messages by id
    final Map<String, Reply> unsent = new LinkedHashMap<>(); // answers by id
    String epoch;
    final String jejak = setting("JEJAK_URL", null), feed = jejak + "/bpjs/submissions";
    final Path folder = Path.of(setting("PRIVATE_KEYS", "keys")), file = Path.of(setting("JOURNAL", "bpjs.journal"));
    final FileOutputStream journal = new FileOutputStream(file.toFile(), true);
    final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    // The installation's keys: fetched once an hour, and for an unknown key, twice in two seconds at most.
    final JWKSource<?> keys = JWKSourceBuilder.create(URI.create(jejak + "/bpjs/keys").toURL(),
        new DefaultResourceRetriever(10_000, 30_000, 1_000_000)).cache(3_600_000, 60_000).rateLimited(2000).build();

    // The journal is the store: it has a line for each action; at the start the lines rebuild the state in memory.
    Consumer() throws Exception {
        for (String line : new String(Files.readAllBytes(file), UTF_8).split("\n"))
            try { apply(JSONObjectUtils.parse(line)); } catch (ParseException cutOffByACrash) { continue; }
    }

    void note(Map<String, Object> entry) throws Exception {
        journal.write(("\n" + JSONObjectUtils.toJSONString(entry)).getBytes(UTF_8));
        journal.getFD().sync(); // on the disk before anything else is done
        apply(entry);
    }

    void apply(Map<String, Object> entry) {
        if (entry.get("message") instanceof String id) {
            epoch = (String) entry.get("epoch");
            seen.put(id, new Seen(epoch, Long.parseLong("" + entry.get("position")), entry.get("parked") != null));
        }
        unsent.values().removeIf(one -> one.body.get("submission").equals(entry.get("over")));
        for (var body : (List<Map<String, Object>>) entry.getOrDefault("replies", List.of()))
            unsent.put((String) body.get("id"), new Reply(entry.get("urgent") != null, body));
        unsent.remove(entry.get("sent"));
        seen.remove(entry.get("lost"));
    }

    // Everything after the last line that was read; at the start, from the first parked message.
    void read(boolean start) throws Exception {
        long last = seen.values().stream().filter(m -> m.epoch.equals(epoch)).mapToLong(Seen::position).max().orElse(0);
        long parked = seen.values().stream().filter(Seen::parked).mapToLong(Seen::position).min().orElse(last + 1);
        String cursor = epoch == null ? "" : "?cursor=" + epoch + "." + (start ? Math.min(last, parked - 1) : last);
        var answer = send(feed + cursor, token(), null, null, 409);
        boolean over = answer.statusCode() == 409; // the ledger went back to an earlier state: everything is read again
        try (var body = answer.body(); var lines = over ? send(feed, token(), null, null, 200).body() : body) {
            for (var line = lines.iterator(); line.hasNext(); ) take(line.next());
        }
        for (String id : seen.keySet().stream().filter(one -> !seen.get(one).epoch.equals(epoch)).toList()) {
            System.err.println("LOST " + id + ": ask the office before you act on it"); // of an epoch that is over
            note(Map.of("lost", id));
        }
    }

    // When this returns, the message and its answers are in the journal. A message that is not signed is skipped.
    void take(String line) throws Exception {
        Signed message = verified(line);
        if (message == null) System.err.println("PASSED OVER " + line.length() + " characters: unsigned or changed");
        if (message == null) return;
        Map<String, Object> ce = message.ce, data = message.data, entry = new HashMap<>();
        String id = (String) ce.get("id"), submission = (String) data.get("submission");
        String name = ce.get("type").toString().split("\\.", 4)[3]; // of id.jejak.bpjs.submission.v1
        entry.putAll(Map.of("message", id, "epoch", ce.get("epoch"), "position", ce.get("position")));
        boolean again = seen.containsKey(id) && !seen.get(id).parked;
        if (again && !seen.get(id).epoch.equals(ce.get("epoch"))) note(entry); // it came again under a new epoch
        if (again) return;
        // The submission was withdrawn, or is replaced by this one: drop its unsent answers.
        entry.put("over", name.equals("submission.withdrawn.v1") ? submission : data.get("previous"));
        if ("emergency".equals(data.get("kind"))) entry.put("urgent", true);
        try {
            Map<String, Object> person = opened(data);
            if (name.equals("submission.v1") && person != null)
                entry.put("replies", decide(data, person).stream().map(one -> reply(submission, one)).toList());
        } catch (JOSEException unopened) {
            entry.put("parked", unopened.getMessage());
            System.out.println(submission + " PARKED: " + unopened.getMessage() + "; then restart");
        }
        note(entry);
        System.out.println(name + " " + submission);
    }

    static Map<String, Object> reply(String submission, Map<String, Object> decided) {
        Map<String, Object> body = new LinkedHashMap<>(decided); // the answer has its id before it is first sent
        body.putAll(Map.of("id", "" + UUID.randomUUID(), "submission", submission, "replied_at", "" + Instant.now()));
        return body;
    }

    // The signed attributes and data of a line; null where they differ from what the installation signed.
    Signed verified(String line) throws Exception {
        try {
            int at = line.indexOf(",\"data\":");
            String text = line.substring(at + 8, line.length() - 1); // data stands last: these bytes are signed
            var said = JSONObjectUtils.parse(line.substring(0, at) + "}");
            var jws = JWSObject.parse((String) said.get("signature"), new Payload(text));
            JWK key = keys.get(new JWKSelector(JWKMatcher.forJWSHeader(jws.getHeader())), null).getFirst();
            if (!jws.verify(new ECDSAVerifier(key.toECKey().toECPublicKey(), Set.of("b64")))) return null;
            var ce = (Map<String, Object>) jws.getHeader().getCustomParam("ce");
            return said.entrySet().containsAll(ce.entrySet()) ? new Signed(ce, JSONObjectUtils.parse(text)) : null;
        } catch (RateLimitReachedException soon) {
            Thread.sleep(1000); // the keys were fetched a moment ago, for an unknown key
            return verified(line);
        } catch (KeySourceException away) {
            throw new IOException("without the installation's keys nothing is read", away);
        } catch (ParseException | JOSEException | RuntimeException forged) {
            return null;
        }
    }

    // Decrypts the personal data with the one of our private keys that it is encrypted to; null where there is none.
    Map<String, Object> opened(Map<String, Object> data) throws Exception {
        if (!(data.get("personal") instanceof Map<?, ?> personal)) return null;
        var to = (List<Object>) personal.get("recipients");
        if (to.size() == 1) to.add(to.getFirst()); // of a single recipient Nimbus 10.10 does not read the algorithm
        var jwe = JWEObjectJSON.parse((Map<String, Object>) personal);
        var kids = jwe.getRecipients().stream().map(one -> one.getUnprotectedHeader().getKeyID()).distinct().toList();
        Path key = kids.stream().map(it -> folder.resolve(it + ".json")).filter(Files::exists).findFirst().orElse(null);
        if (key == null) throw new JOSEException("put private key " + String.join(" or ", kids) + " into " + folder);
        jwe.decrypt(new MultiDecrypter(JWK.parse(Files.readString(key))));
        Map<String, Object> person = jwe.getPayload().toJSONObject();
        if (data.get("submission").equals(person.get("submission"))) return person;
        throw new JOSEException("its person is of another submission: do not use it, call the installation");
    }

    // Emergencies first. An answer that Jejak cannot read needs a corrected program; it does not delay the others.
    void answer() throws Exception {
        var next = unsent.values().stream().sorted(Comparator.comparing(one -> !one.urgent)).limit(500).toList();
        if (next.isEmpty()) return;
        var lines = next.stream().map(one -> JSONObjectUtils.toJSONString(one.body)).collect(Collectors.joining("\n"));
        var answer = send(jejak + "/bpjs/replies", token(), "application/x-ndjson", lines, 422);
        for (var one : (List<Map<String, Object>>) JSONObjectUtils.parse(text(answer)).get("replies")) {
            Object id = next.get(((Number) one.get("index")).intValue()).body.get("id");
            if ("wrong".equals(one.get("outcome"))) System.err.println("WRONG " + id + ": " + one.get("reason"));
            note(Map.of("sent", id, "outcome", one));
        }
    }

    // A request to the installation, with a token, and a type for a body. A status but success and `also` is an error.
    HttpResponse<Stream<String>> send(String url, String token, String type, String body, int also) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(2));
        if (token != null) request.header("Authorization", "Bearer " + token);
        if (body != null) request.header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body));
        var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        if (answer.statusCode() / 100 == 2 || answer.statusCode() == also) return answer;
        throw new IOException(url + " answered " + answer.statusCode() + ": " + text(answer));
    }

    String token() throws Exception {
        if (System.getenv("JEJAK_TOKEN") != null) return System.getenv("JEJAK_TOKEN");
        String form = "grant_type=client_credentials&client_id=" + encoded("OAUTH_CLIENT_ID", null) + "&client_secret="
            + encoded("OAUTH_CLIENT_SECRET", null) + "&scope=" + encoded("OAUTH_SCOPE", "jejak.bpjs");
        var answer = send(setting("OAUTH_TOKEN_URL", null), null, "application/x-www-form-urlencoded", form, 200);
        return (String) JSONObjectUtils.parse(text(answer)).get("access_token");
    }

    static String text(HttpResponse<Stream<String>> answer) { return answer.body().collect(Collectors.joining("\n")); }
    static String encoded(String name, String without) { return URLEncoder.encode(setting(name, without), UTF_8); }
    static String setting(String name, String without) {
        return Objects.requireNonNull(System.getenv().getOrDefault(name, without), name + " is not set");
    }

    public static void main(String[] arguments) throws Exception {
        Consumer consumer = new Consumer();
        long every = Long.parseLong(setting("EVERY_SECONDS", "5")), pause = every;
        for (boolean start = true; ; Thread.sleep(pause * 1000))
            try {
                consumer.read(start);
                consumer.answer();
                start = false;
                pause = every;
            } catch (Exception error) { // unavailable for a moment, or worse: report it and try again
                System.err.println(error + "; it is tried again");
                pause = Math.min(pause * 2, 60);
            }
    }
}
