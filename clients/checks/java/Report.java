// From a figure to its terms, to a published report and its workbook; jobs, events and webhooks: by the Java client.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

final class Report {
    static final String FRAMEWORK = "hkex-2020";
    static final long YEAR = 2020;
    /** The nine hard values and the 2,499 kWh of the register, in MWh. */
    static final BigDecimal TOTAL = new BigDecimal("6591694.747778196");

    interface Post {
        void one() throws ApiException;
    }

    private final ApiClient client;

    Report(ApiClient client) {
        this.client = client;
    }

    /** Follow a figure to its terms, which add up to it to the last digit. */
    void lineage() throws ApiException {
        Lineage found = new DisclosuresApi(client).getLineage(
            DisclosuresApi.APIGetLineageRequest.newBuilder()
                .organization("java").framework(FRAMEWORK).year(YEAR).key("consumption.electricity").build());
        Drive.check(found.getValue().equals(TOTAL), "a figure to its last digit", found);
        BigDecimal sum = found.getTerms().stream().map(LineageTerm::getValue).reduce(BigDecimal.ZERO, BigDecimal::add);
        Drive.check(sum.compareTo(TOTAL) == 0, "terms that add up to it", sum);
    }

    /** Prepare by one key, approve and publish by another: nobody approves what they prepared. */
    void publish() throws Exception {
        PublicationsApi preparer = handOf(Scope.PREPARE), approver = handOf(Scope.APPROVE);
        Publication draft = preparer.preparePublication("java", FRAMEWORK, YEAR, new PublicationCreate(), null, null);
        ApiException own = Drive.refused(
            () -> preparer.approvePublication("java", FRAMEWORK, YEAR, draft.getNumber(), Map.of()));
        Drive.check(own.getCode() == 403, "whoever prepared does not approve", own);
        approver.approvePublication("java", FRAMEWORK, YEAR, draft.getNumber(), Map.of());
        Publication done = approver.publishPublication("java", FRAMEWORK, YEAR, draft.getNumber(), Map.of());
        Drive.check(done.getStatus() == DisclosureStatus.PUBLISHED && done.getHash().equals(draft.getHash()), "publish", done);
        var workbook = new PublicationsApi(client).getExport(
            "java", FRAMEWORK, YEAR, draft.getNumber(), ExportFormat.XLSX, null);
        byte[] content = Files.readAllBytes(workbook.toPath());
        Drive.check(content[0] == 'P' && content[1] == 'K', "a workbook", content.length);
    }

    private PublicationsApi handOf(Scope scope) throws ApiException {
        KeyCreate body = new KeyCreate().name(scope.getValue()).scopes(List.of(scope, Scope.READ));
        String key = new KeysApi(client).createKey(body, null).getKey();
        ApiClient hand = Drive.clientOf(System.getenv("ESG_ADDRESS"));
        hand.setRequestInterceptor(request -> request.header("X-API-Key", key));
        return new PublicationsApi(hand);
    }

    /** Start a run of a job and ask for it until it has ended. */
    void job() throws Exception {
        JobsApi jobs = new JobsApi(client);
        JobRun run = jobs.startJobRun("reconciliation", null);
        for (int asked = 0; run.getState() == RunState.RUNNING && asked < 300; asked++) {
            Thread.sleep(100);
            run = jobs.getJobRun(run.getJob(), run.getRun());
        }
        Drive.check(run.getState() == RunState.SUCCEEDED, "a run of a job", run);
    }

    /** Read the stream up to an event, and the next one after it by its id. */
    void stream(Post post) throws Exception {
        String first = event(post, null);
        post.one();
        String second = event(() -> {}, first);
        Drive.check(!second.equals(first), "the next event by Last-Event-ID", second);
    }

    /** The generated getStream waits for the end of an answer that has none, so the stream is read as lines. */
    private static String event(Post post, String last) throws Exception {
        URI address = URI.create(System.getenv("ESG_ADDRESS") + "/v1/organizations/java/stream?kind=readings.accepted");
        HttpRequest.Builder request = HttpRequest.newBuilder(address).header("X-API-Key", System.getenv("ESG_KEY"));
        if (last != null) request.header("Last-Event-ID", last);
        var answer = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        Drive.check(answer.statusCode() == 200, "a stream", answer);
        post.one();
        String id = "", kind = "";
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !(line.isEmpty() && !kind.isEmpty()); line = lines.readLine()) {
                if (line.startsWith("id: ")) id = line.substring(4);
                if (line.startsWith("event: ")) kind = line.substring(7);
            }
        }
        Drive.check(!id.isEmpty() && kind.equals("readings.accepted"), "an event", id + " " + kind);
        return id;
    }

    /** Receive a call and hold its signature against the secret, as the webhooks page describes. */
    void webhook(Post post) throws Exception {
        BlockingQueue<String[]> calls = new LinkedBlockingQueue<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> calls.add(told(exchange)));
        receiver.start();
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
        WebhookCreate body = new WebhookCreate().code("receiver").url(url).kinds(List.of(EventKind.READINGS_ACCEPTED));
        String secret = new WebhooksApi(client).createWebhook("java", body, null).getSecret();
        post.one();
        String[] call = calls.poll(30, TimeUnit.SECONDS);
        Drive.check(call != null, "a webhook's call", "none in 30 s");
        Mac signer = Mac.getInstance("HmacSHA256");
        signer.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        byte[] signed = signer.doFinal((call[0] + "." + call[1] + "." + call[3]).getBytes(StandardCharsets.UTF_8));
        Drive.check(call[2].contains("v1," + Base64.getEncoder().encodeToString(signed)), "its signature", call[2]);
        receiver.stop(0);
    }

    private static String[] told(HttpExchange exchange) throws java.io.IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
        var headers = exchange.getRequestHeaders();
        return new String[] {
            headers.getFirst("Webhook-Id"), headers.getFirst("Webhook-Timestamp"), headers.getFirst("Webhook-Signature"), body,
        };
    }
}
