// Drives the client that openapi-generator makes for Go, against the service at ESG_ADDRESS.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	esg "esg.example/client"
)

var hard = []string{
	"16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "2147483647.000001", "9007199.254741",
	"0.3", "100",
}

func check(ok bool, words string, told ...any) {
	if !ok {
		fmt.Println("FAILED", words, told)
		os.Exit(1)
	}
	fmt.Println("ok", words)
}

func clientOf(address string) *esg.APIClient {
	configuration := esg.NewConfiguration()
	configuration.Servers = esg.ServerConfigurations{{URL: address}}
	configuration.AddDefaultHeader("X-API-Key", os.Getenv("ESG_KEY"))
	return esg.NewAPIClient(configuration)
}

func problemOf(err error) esg.Problem {
	var answer *esg.GenericOpenAPIError
	var problem esg.Problem
	if errors.As(err, &answer) {
		_ = json.Unmarshal(answer.Body(), &problem)
	}
	return problem
}

func main() {
	ctx := context.Background()
	client := clientOf(os.Getenv("ESG_ADDRESS"))
	organization := *esg.NewOrganizationCreate("go", "UTC", "EUR")
	_, answer, err := client.OrganizationsAPI.CreateOrganization(ctx).OrganizationCreate(organization).Execute()
	check(err == nil && answer.StatusCode == http.StatusCreated, "create", err)
	_, answer, err = client.OrganizationsAPI.CreateOrganization(ctx).OrganizationCreate(organization).Execute()
	check(answer.StatusCode == http.StatusConflict && problemOf(err).Code == "duplicate_code", "409", err)
	plant := *esg.NewPlantCreate("main", "CN")
	plant.SetEquityShare("0.12345678901234567891")
	made, _, err := client.PlantsAPI.CreatePlant(ctx, "go").PlantCreate(plant).Execute()
	check(err == nil && made.EquityShare == "0.12345678901234567891", "a share of 20 digits", err)
	for code, kind := range map[string]esg.MeterKind{"bill": esg.METERKIND_EVENT, "grid": esg.METERKIND_REGISTER} {
		meter := *esg.NewMeterCreate(code, "main", "electricity.grid", kind, "kWh")
		_, _, err = client.MetersAPI.CreateMeter(ctx, "go").MeterCreate(meter).Execute()
		check(err == nil, "meter "+code, err)
	}
	post := func(rows []esg.ReadingCreate) (*esg.ReadingReceipt, *http.Response, error) {
		return client.ReadingsAPI.PostReadings(ctx, "go").ReadingBatch(*esg.NewReadingBatch(rows)).Execute()
	}

	var rows []esg.ReadingCreate
	for at, value := range hard {
		stamp := time.Date(2021, 1, 1+at, 0, 0, 0, 0, time.UTC)
		rows = append(rows, *esg.NewReadingCreate("bill", stamp, esg.Decimal(value)))
	}
	rows = append(rows, *esg.NewReadingCreate("nobody", time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), "1"))
	receipt, _, err := post(rows)
	check(err == nil && receipt.Inserted == 9, "nine hard values in", err)
	check(len(receipt.Errors) == 1 && receipt.Errors[0].Code == "unknown_meter", "row error", receipt)
	_, answer, err = post(rows[9:])
	check(answer.StatusCode == 422 && problemOf(err).Code == "readings_rejected", "422", err)
	page, _, err := client.ReadingsAPI.GetReadings(ctx, "go").Meter([]string{"bill"}).Execute()
	check(err == nil && len(page.Items) == 9, "read back", err)
	for at, item := range page.Items {
		check(item.Value == esg.Decimal(hard[at]), "exact "+hard[at], item.Value)
	}

	rows = nil
	for at := 0; at < 2500; at++ {
		stamp := time.Date(2020, 1, 1, at, 0, 0, 0, time.UTC)
		rows = append(rows, *esg.NewReadingCreate("grid", stamp, esg.Decimal(fmt.Sprint(at))))
	}
	receipt, _, err = post(rows)
	check(err == nil && receipt.Inserted == 2500, "2,500 readings in", err)
	count, cursor := 0, ""
	for {
		request := client.ReadingsAPI.GetReadings(ctx, "go").Meter([]string{"grid"}).Limit(1000)
		if cursor != "" {
			request = request.Cursor(cursor)
		}
		page, _, err = request.Execute()
		check(err == nil, "page", err)
		for _, item := range page.Items {
			if item.Value != esg.Decimal(fmt.Sprint(count)) {
				check(false, "order of pages", item)
			}
			count++
		}
		if page.Next.Get() == nil {
			break
		}
		cursor = *page.Next.Get()
	}
	check(count == 2500, "2,500 readings over pages", count)

	disclosure, _, err := client.DisclosuresAPI.GetDisclosure(ctx, "go", "hkex-2020", 2021).Execute()
	check(err == nil && len(disclosure.Figures) > 10, "disclosure", err)
	busy := clientOf(os.Getenv("ESG_BUSY_ADDRESS"))
	_, answer, err = busy.ReadingsAPI.PostReadings(ctx, "go").ReadingBatch(*esg.NewReadingBatch(rows[:1])).Execute()
	check(answer.StatusCode == 429 && problemOf(err).Code == "overloaded", "429", err)
	check(answer.Header.Get("Retry-After") == "1", "Retry-After")

	later := 0
	postOne := func() {
		stamp := time.Date(2019, 1, 1, later, 0, 0, 0, time.UTC)
		_, _, err := post([]esg.ReadingCreate{*esg.NewReadingCreate("bill", stamp, "1")})
		check(err == nil, "a reading", err)
		later++
	}
	lineage(ctx, client)
	publish(ctx, client)
	job(ctx, client)
	stream(postOne)
	webhook(ctx, client, postOne)
}
