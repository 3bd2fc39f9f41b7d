// Reads over HTTP what offices ask of BPJS, checks who says so, decrypts it, and answers. README.md says how to run it.
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
    // To replace: what is answered to a submission. This says yes to everybody, from the day it was sent.
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
    // The installation's keys: asked for once an hour, and when one is not known, twice in two seconds at most.
    final JWKSource<?> keys = JWKSourceBuilder.create(URI.create(jejak + "/bpjs/keys").toURL(),
        new DefaultResourceRetriever(10_000, 30_000, 1_000_000)).cache(3_600_000, 60_000).rateLimited(2000).build();

    // The journal is the store: a line for each thing that was done, which is done again in memory at the start.
    Consumer() throws Exception {
        for (String line : new String(Files.readAllBytes(file), UTF_8).split("\n"))
            try { apply(JSONObjectUtils.parse(line)); } catch (ParseException cutOffByACrash) { continue; }
    }

    void note(Map<String, Object> entry) throws Exception {
        journal.write(("\n" + JSONObjectUtils.toJSONString(entry)).getBytes(UTF_8));
        journal.getFD().sync(); // on the disk, or it has not happened
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

    // Everything after the last line that was read; at the start, from the first that is parked.
    void read(boolean start) throws Exception {
        long last = seen.values().stream().filter(m -> m.epoch.equals(epoch)).mapToLong(Seen::position).max().orElse(0);
        long parked = seen.values().stream().filter(Seen::parked).mapToLong(Seen::position).min().orElse(last + 1);
        String cursor = epoch == null ? "" : "?cursor=" + epoch + "." + (start ? Math.min(last, parked - 1) : last);
        var answer = send(feed + cursor, token(), null, null, 409);
        boolean over = answer.statusCode() == 409; // the ledger went back to an earlier state, and all is read again
        try (var body = answer.body(); var lines = over ? send(feed, token(), null, null, 200).body() : body) {
            for (var line = lines.iterator(); line.hasNext(); ) take(line.next());
        }
        for (String id : seen.keySet().stream().filter(one -> !seen.get(one).epoch.equals(epoch)).toList()) {
            System.err.println("LOST " + id + ": ask the office before you act on it"); // its epoch is over
            note(Map.of("lost", id));
        }
    }

    // When this returns, the message is noted, and with it what is answered. What is not signed stops nothing.
    void take(String line) throws Exception {
        Signed message = verified(line);
        if (message == null) System.err.println("PASSED OVER " + line.length() + " characters: unsigned or changed");
        if (message == null) return;
        Map<String, Object> ce = message.ce, data = message.data, entry = new HashMap<>();
        String id = (String) ce.get("id"), submission = (String) data.get("submission");
        String name = ce.get("type").toString().split("\\.", 4)[3]; // of id.jejak.bpjs.submission.v1
        entry.putAll(Map.of("message", id, "epoch", ce.get("epoch"), "position", ce.get("position")));
        boolean again = seen.containsKey(id) && !seen.get(id).parked;
        if (again && !seen.get(id).epoch.equals(ce.get("epoch"))) note(entry); // under another epoch
        if (again) return;
        // Withdrawn, or replaced by this one: nobody waits for an answer any more.
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
        Map<String, Object> body = new LinkedHashMap<>(decided); // it has its id before it is first sent
        body.putAll(Map.of("id", "" + UUID.randomUUID(), "submission", submission, "replied_at", "" + Instant.now()));
        return body;
    }

    // What the installation has signed; null where the data, or what the line says of it, is something else.
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
            Thread.sleep(1000); // a key that is not known was asked for just now
            return verified(line);
        } catch (KeySourceException away) {
            throw new IOException("without the installation's keys nothing is read", away);
        } catch (ParseException | JOSEException | RuntimeException forged) {
            return null;
        }
    }

    // What is about a person, with whichever of our private keys it was encrypted to; null where there is nothing.
    Map<String, Object> opened(Map<String, Object> data) throws Exception {
        if (!(data.get("personal") instanceof Map<?, ?> personal)) return null;
        var to = (List<Object>) personal.get("recipients");
        if (to.size() == 1) to.add(to.getFirst()); // beside a single one Nimbus 10.10 does not look for its algorithm
        var jwe = JWEObjectJSON.parse((Map<String, Object>) personal);
        var kids = jwe.getRecipients().stream().map(one -> one.getUnprotectedHeader().getKeyID()).distinct().toList();
        Path key = kids.stream().map(it -> folder.resolve(it + ".json")).filter(Files::exists).findFirst().orElse(null);
        if (key == null) throw new JOSEException("put private key " + String.join(" or ", kids) + " into " + folder);
        jwe.decrypt(new MultiDecrypter(JWK.parse(Files.readString(key))));
        Map<String, Object> person = jwe.getPayload().toJSONObject();
        if (data.get("submission").equals(person.get("submission"))) return person;
        throw new JOSEException("its person is of another submission: do not use it, call the installation");
    }

    // Emergencies first. What could not be read has to be mended by whoever wrote the program; it holds up no other.
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

    // To the installation with a token; what is posted has a type. Any status but success and `also` is an error.
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
            } catch (Exception error) { // away for a moment, or worse: it is said, and tried again
                System.err.println(error + "; it is tried again");
                pause = Math.min(pause * 2, 60);
            }
    }
}
