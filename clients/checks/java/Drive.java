// Drives the client that openapi-generator makes for Java, against the service at ESG_ADDRESS.

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

public class Drive {
    static final List<String> HARD = List.of(
        "16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "2147483647.000001", "9007199.254741",
        "0.3", "100");

    interface Call {
        void run() throws ApiException;
    }

    static void check(boolean ok, String words, Object told) {
        System.out.println((ok ? "ok " : "FAILED ") + words + (ok ? "" : ": " + told));
        if (!ok) System.exit(1);
    }

    static ApiException refused(Call call) {
        try {
            call.run();
        } catch (ApiException error) {
            return error;
        }
        return new ApiException(200, "not refused");
    }

    static ApiClient clientOf(String address) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(address);
        client.setRequestInterceptor(request -> request.header("X-API-Key", System.getenv("ESG_KEY")));
        return client;
    }

    static ReadingReceipt post(ApiClient client, List<ReadingCreate> rows) throws ApiException {
        ReadingBatch batch = new ReadingBatch().readings(rows);
        return new ReadingsApi(client).postReadings(
            ReadingsApi.APIPostReadingsRequest.newBuilder().organization("java").readingBatch(batch).build());
    }

    static ReadingPage page(ApiClient client, String meter, long limit, String cursor) throws ApiException {
        return new ReadingsApi(client).getReadings(
            ReadingsApi.APIGetReadingsRequest.newBuilder()
                .organization("java").meter(List.of(meter)).limit(limit).cursor(cursor).build());
    }

    public static void main(String[] arguments) throws Exception {
        ApiClient client = clientOf(System.getenv("ESG_ADDRESS"));
        OrganizationCreate organization = new OrganizationCreate().code("java").timezone("UTC").currency("EUR").name("Java");
        OrganizationsApi organizations = new OrganizationsApi(client);
        OrganizationsApi.APICreateOrganizationRequest create =
            OrganizationsApi.APICreateOrganizationRequest.newBuilder().organizationCreate(organization).build();
        check("java".equals(organizations.createOrganization(create).getCode()), "create", "");
        ApiException taken = refused(() -> organizations.createOrganization(create));
        check(taken.getCode() == 409 && taken.getResponseBody().contains("duplicate_code"), "409", taken);
        String share = "0.12345678901234567891";
        PlantCreate plant = new PlantCreate().code("main").country("CN").equityShare(new BigDecimal(share));
        BigDecimal kept = new PlantsApi(client).createPlant(
            PlantsApi.APICreatePlantRequest.newBuilder().organization("java").plantCreate(plant).build()).getEquityShare();
        check(kept.equals(new BigDecimal(share)), "a share of 20 digits", kept);
        for (MeterKind kind : List.of(MeterKind.EVENT, MeterKind.REGISTER)) {
            MeterCreate meter = new MeterCreate().code(kind.getValue()).plant("main").resource("electricity.grid");
            new MetersApi(client).createMeter(
                MetersApi.APICreateMeterRequest.newBuilder()
                    .organization("java").meterCreate(meter.kind(kind).unit("kWh")).build());
        }

        OffsetDateTime start = OffsetDateTime.of(2020, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
        List<ReadingCreate> rows = new ArrayList<>();
        for (String value : HARD) {
            OffsetDateTime at = start.plusDays(rows.size());
            rows.add(new ReadingCreate().meter("event").timestamp(at).value(new BigDecimal(value)));
        }
        ReadingCreate stray = new ReadingCreate().meter("nobody").timestamp(start).value(BigDecimal.ONE);
        rows.add(stray);
        ReadingReceipt receipt = post(client, rows);
        check(receipt.getInserted() == 9, "nine hard values in", receipt);
        check(receipt.getErrors().get(0).getCode().equals("unknown_meter"), "row error", receipt);
        ApiException rejected = refused(() -> post(client, List.of(stray)));
        check(rejected.getCode() == 422 && rejected.getResponseBody().contains("readings_rejected"), "422", rejected);
        List<Reading> read = page(client, "event", 100, null).getItems();
        for (int at = 0; at < HARD.size(); at++) {
            check(read.get(at).getValue().compareTo(new BigDecimal(HARD.get(at))) == 0, "exact " + HARD.get(at), read.get(at));
        }

        rows.clear();
        for (int at = 0; at < 2500; at++) {
            rows.add(new ReadingCreate().meter("register").timestamp(start.plusHours(at)).value(BigDecimal.valueOf(at)));
        }
        check(post(client, rows).getInserted() == 2500, "2,500 readings in", "");
        int count = 0;
        String cursor = null;
        do {
            ReadingPage page = page(client, "register", 1000, cursor);
            for (Reading each : page.getItems()) {
                if (each.getValue().intValueExact() != count++) check(false, "order of pages", each);
            }
            cursor = page.getNext();
        } while (cursor != null);
        check(count == 2500, "2,500 readings over pages", count);

        Disclosure disclosure = new DisclosuresApi(client).getDisclosure(
            DisclosuresApi.APIGetDisclosureRequest.newBuilder().organization("java").framework("hkex-2020").year(2020L).build());
        check(disclosure.getFigures().size() > 10, "disclosure", disclosure);
        ApiException busy = refused(() -> post(clientOf(System.getenv("ESG_BUSY_ADDRESS")), List.of(stray)));
        check(busy.getCode() == 429 && busy.getResponseBody().contains("overloaded"), "429", busy);
        check(busy.getResponseHeaders().firstValue("Retry-After").orElse("").equals("1"), "Retry-After", busy);

        OffsetDateTime before = start.minusYears(1);
        int[] later = {0};
        Report.Post one = () -> post(client, List.of(
            new ReadingCreate().meter("event").timestamp(before.plusHours(later[0]++)).value(BigDecimal.ONE)));
        Report report = new Report(client);
        report.lineage();
        report.publish();
        report.job();
        report.stream(one);
        report.webhook(one);
    }
}
