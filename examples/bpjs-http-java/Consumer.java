// Reads over HTTP what offices ask of BPJS, checks who says so, decrypts it, and answers. README.md says how to run it.

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.*;
import com.nimbusds.jose.jwk.*;
import com.nimbusds.jose.util.*;
import java.io.*;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.*;
import java.security.GeneralSecurityException;
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
    record Reply(String submission, boolean urgent, String body) {}

    final Map<String, Seen> seen = new LinkedHashMap<>(); // messages by id
    final Map<String, Reply> unsent = new LinkedHashMap<>(); // answers by id
    Map<String, JWK> shown = Map.of(); // the installation's keys by kid
    final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    final String jejak = setting("JEJAK_URL", null);
    final File folder = new File(setting("PRIVATE_KEYS", "keys"));
    final FileOutputStream journal;
    String epoch;
    Instant asked = Instant.EPOCH;

    // The journal is the store: a line for each thing that was done, which is done again in memory at the start.
    Consumer(Path file) throws Exception {
        for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of())
            try { apply(JSONObjectUtils.parse(line)); } catch (ParseException cutOffByACrash) { continue; }
        journal = new FileOutputStream(file.toFile(), true);
    }

    void note(Map<String, Object> entry) throws Exception {
        journal.write(("\n" + JSONObjectUtils.toJSONString(entry)).getBytes(UTF_8));
        journal.getFD().sync(); // on the disk, or it has not happened
        apply(entry);
    }

    void apply(Map<String, Object> entry) {
        if (entry.get("message") instanceof String id) {
            epoch = (String) entry.get("epoch");
            seen.put(id, new Seen(epoch, ((Number) entry.get("position")).longValue(), entry.get("parked") != null));
        }
        if (entry.get("over") instanceof String over) unsent.values().removeIf(one -> one.submission.equals(over));
        for (var body : (List<Map<String, Object>>) entry.getOrDefault("replies", List.of())) {
            String text = JSONObjectUtils.toJSONString(body), submission = (String) body.get("submission");
            unsent.put((String) body.get("id"), new Reply(submission, entry.get("urgent") != null, text));
        }
        if (entry.get("sent") instanceof String id) unsent.remove(id);
        if (entry.get("lost") instanceof String id) seen.remove(id);
    }

    // Everything after the last line that was read; at the start, from the first that is parked.
    void read(boolean start) throws Exception {
        long last = seen.values().stream().filter(one -> one.epoch.equals(epoch)).mapToLong(Seen::position).max().orElse(0);
        long parked = seen.values().stream().filter(Seen::parked).mapToLong(Seen::position).min().orElse(last + 1);
        String cursor = epoch == null ? "" : "?cursor=" + epoch + "." + (start ? Math.min(last, parked - 1) : last);
        if (!readFrom(cursor)) readFrom(""); // 409: the ledger went back to an earlier state, and all is read again
        for (String id : List.copyOf(seen.keySet()))
            if (!seen.get(id).epoch.equals(epoch)) { // it was said under the epoch that is over, and did not come again
                System.err.println("LOST " + id + ": ask the office before you act on it");
                note(Map.of("lost", id));
            }
    }

    boolean readFrom(String cursor) throws Exception {
        var answer = send("/bpjs/submissions" + cursor, null, 200, 409);
        try (Stream<String> lines = answer.body()) {
            for (var line = lines.iterator(); answer.statusCode() == 200 && line.hasNext(); ) take(line.next());
        }
        return answer.statusCode() == 200;
    }

    // When this returns, the message is noted, and with it what is answered. What is not signed as it stands stops nothing.
    void take(String line) throws Exception {
        Signed message = verified(line);
        if (message == null) System.err.println("PASSED OVER " + line.length() + " characters: not signed by the installation");
        if (message == null) return;
        Map<String, Object> ce = message.ce, data = message.data, entry = new HashMap<>();
        String id = (String) ce.get("id"), submission = (String) data.get("submission");
        String name = ce.get("type").toString().split("\\.", 4)[3]; // of id.jejak.bpjs.submission.v1
        entry.putAll(Map.of("message", id, "epoch", ce.get("epoch"), "position", Long.valueOf((String) ce.get("position"))));
        Seen before = seen.get(id);
        boolean again = before != null && !before.parked;
        if (again && !before.epoch.equals(ce.get("epoch"))) note(entry); // under another epoch
        if (again) return;
        // Withdrawn, or replaced by this one: nobody waits for an answer any more.
        Object over = name.equals("submission.withdrawn.v1") ? submission : data.get("previous");
        if (over != null) entry.put("over", over);
        if ("emergency".equals(data.get("kind"))) entry.put("urgent", true);
        try {
            Map<String, Object> person = opened(data);
            if (name.equals("submission.v1") && person != null)
                entry.put("replies", decide(data, person).stream().map(one -> reply(submission, one)).toList());
        } catch (GeneralSecurityException | JOSEException unopened) {
            entry.put("parked", unopened.getMessage());
        }
        note(entry);
        System.out.println(name + " " + submission + (entry.containsKey("parked") ? " PARKED: " + entry.get("parked") : ""));
    }

    static Map<String, Object> reply(String submission, Map<String, Object> decided) {
        Map<String, Object> body = new LinkedHashMap<>(decided); // it has its id before it is first sent
        String id = UUID.randomUUID().toString(), now = Instant.now().toString();
        body.putAll(Map.of("id", id, "submission", submission, "replied_at", now));
        return body;
    }

    // What the installation has signed; null where the data, or what the line says of it, is something else.
    Signed verified(String line) throws Exception {
        try {
            int at = line.indexOf(",\"data\":");
            String text = line.substring(at + 8, line.length() - 1); // data stands last: these bytes are signed
            Map<String, Object> head = JSONObjectUtils.parse(line.substring(0, at) + "}");
            String[] parts = head.get("signature").toString().split("\\.", -1);
            JWSHeader header = JWSHeader.parse(new Base64URL(parts[0]));
            var verifier = new ECDSAVerifier(key(header.getKeyID()).toECKey().toECPublicKey(), Set.of("b64"));
            if (!verifier.verify(header, (parts[0] + "." + text).getBytes(UTF_8), new Base64URL(parts[2]))) return null;
            var ce = (Map<String, Object>) header.getCustomParam("ce");
            boolean same = ce.entrySet().stream().allMatch(one -> one.getValue().equals(head.get(one.getKey())));
            return same ? new Signed(ce, JSONObjectUtils.parse(text)) : null;
        } catch (ParseException | JOSEException | RuntimeException forged) {
            return null;
        }
    }

    // A key of the installation. They are asked for once an hour, and when one is not known, at most once a second.
    JWK key(String kid) throws Exception {
        if (asked.plusSeconds(shown.containsKey(kid) ? 3600 : 1).isBefore(Instant.now())) {
            var keys = JWKSet.parse(text(send("/bpjs/keys", null, 200))).getKeys();
            shown = keys.stream().collect(Collectors.toMap(JWK::getKeyID, one -> one));
            asked = Instant.now();
        }
        return shown.get(kid);
    }

    // What is about a person, with whichever of our private keys it was encrypted to; null where there is nothing any more.
    Map<String, Object> opened(Map<String, Object> data) throws Exception {
        var jwe = (Map<String, Object>) data.get("personal");
        List<String> kids = new ArrayList<>();
        for (var to : jwe == null ? List.<Map<String, Object>>of() : (List<Map<String, Object>>) jwe.get("recipients")) {
            Map<String, Object> header = JSONObjectUtils.parse(part(jwe, "protected").decodeToString());
            header.putAll((Map<String, Object>) to.get("header"));
            kids.add((String) header.get("kid"));
            File file = new File(folder, header.get("kid") + ".json");
            if (!file.exists()) continue;
            JWK key = JWK.parse(Files.readString(file.toPath()));
            JWEDecrypter opens = key instanceof ECKey ec ? new ECDHDecrypter(ec) : new RSADecrypter(key.toRSAKey());
            byte[] plain = opens.decrypt(JWEHeader.parse(header), part(to, "encrypted_key"), part(jwe, "iv"),
                part(jwe, "ciphertext"), part(jwe, "tag"), part(jwe, "protected").toString().getBytes(UTF_8));
            Map<String, Object> person = JSONObjectUtils.parse(new String(plain, UTF_8));
            if (data.get("submission").equals(person.get("submission"))) return person;
            throw new GeneralSecurityException("its person is of another submission: do not use it, call the installation");
        }
        if (kids.isEmpty()) return null;
        throw new GeneralSecurityException("put private key " + String.join(" or ", kids) + " into " + folder + "; restart");
    }

    static Base64URL part(Map<String, Object> of, String name) { return new Base64URL((String) of.get(name)); }

    // Emergencies first. What could not be read has to be mended by whoever wrote the program; it holds up no other.
    void answer() throws Exception {
        var urgentFirst = Comparator.comparing((String id) -> !unsent.get(id).urgent);
        List<String> ids = unsent.keySet().stream().sorted(urgentFirst).limit(500).toList();
        if (ids.isEmpty()) return;
        String body = String.join("\n", ids.stream().map(id -> unsent.get(id).body).toList());
        var told = (List<Map<String, Object>>) JSONObjectUtils.parse(text(send("/bpjs/replies", body, 202, 422))).get("replies");
        for (Map<String, Object> one : told) {
            String id = ids.get(((Number) one.get("index")).intValue());
            if ("wrong".equals(one.get("outcome"))) System.err.println("WRONG " + id + ": " + one.get("reason"));
            note(Map.of("sent", id, "outcome", one));
        }
    }

    HttpResponse<Stream<String>> send(String path, String replies, Integer... expected) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(jejak + path)).timeout(Duration.ofMinutes(2));
        if (!path.equals("/bpjs/keys")) request.header("Authorization", "Bearer " + token());
        if (replies != null) request.header("Content-Type", "application/x-ndjson").POST(BodyPublishers.ofString(replies));
        var answer = http.send(request.build(), BodyHandlers.ofLines());
        if (List.of(expected).contains(answer.statusCode())) return answer;
        throw new IOException(path + " answered " + answer.statusCode() + ": " + text(answer));
    }

    static String text(HttpResponse<Stream<String>> answer) { return String.join("\n", answer.body().toList()); }

    String token() throws Exception {
        if (System.getenv("JEJAK_TOKEN") != null) return System.getenv("JEJAK_TOKEN");
        String form = "grant_type=client_credentials&client_id=%s&client_secret=%s&scope=%s".formatted(
            setting("OAUTH_CLIENT_ID", null), setting("OAUTH_CLIENT_SECRET", null), setting("OAUTH_SCOPE", "jejak.bpjs"));
        var request = HttpRequest.newBuilder(URI.create(setting("OAUTH_TOKEN_URL", null))).POST(BodyPublishers.ofString(form));
        request.header("Content-Type", "application/x-www-form-urlencoded").timeout(Duration.ofSeconds(30));
        return JSONObjectUtils.parse(text(http.send(request.build(), BodyHandlers.ofLines()))).get("access_token").toString();
    }

    static String setting(String name, String without) {
        return Objects.requireNonNull(System.getenv().getOrDefault(name, without), name + " is not set");
    }

    public static void main(String[] arguments) throws Exception {
        Consumer consumer = new Consumer(Path.of(setting("JOURNAL", "bpjs.journal")));
        long every = Long.parseLong(setting("EVERY_SECONDS", "5")), pause = every;
        for (boolean start = true; ; Thread.sleep(pause * 1000)) {
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
}
