package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	esg "esg.example/client"
)

const framework, year = "hkex-2020", 2021

// The sum of the nine hard values, in MWh.
const total = "6591692.248778196"

func rat(text string) *big.Rat {
	value, ok := new(big.Rat).SetString(text)
	check(ok, "a number: "+text)
	return value
}

// lineage follows a figure to its terms, which add up to it to the last digit.
func lineage(ctx context.Context, client *esg.APIClient) {
	found, _, err := client.DisclosuresAPI.GetLineage(ctx, "go", framework, year, "consumption.electricity").Execute()
	check(err == nil && found.Value.IsSet() && string(*found.Value.Get()) == total, "a figure to its last digit", err, found)
	sum := new(big.Rat)
	for _, term := range found.Terms {
		sum.Add(sum, rat(string(term.Value)))
	}
	check(sum.Cmp(rat(total)) == 0, "terms that add up to it", sum)
}

// publish prepares by one key, and approves and publishes by another: nobody approves what they prepared.
func publish(ctx context.Context, client *esg.APIClient) {
	hands := map[esg.Scope]*esg.APIClient{}
	for _, scope := range []esg.Scope{esg.SCOPE_PREPARE, esg.SCOPE_APPROVE} {
		body := *esg.NewKeyCreate(string(scope), []esg.Scope{scope, esg.SCOPE_READ})
		made, _, err := client.KeysAPI.CreateKey(ctx).KeyCreate(body).Execute()
		check(err == nil, "a key to "+string(scope), err)
		hands[scope] = clientOf(os.Getenv("ESG_ADDRESS"))
		hands[scope].GetConfig().AddDefaultHeader("X-API-Key", made.Key)
	}
	preparer, approver := hands[esg.SCOPE_PREPARE].PublicationsAPI, hands[esg.SCOPE_APPROVE].PublicationsAPI
	nothing := map[string]interface{}{}
	draft, _, err := preparer.PreparePublication(ctx, "go", framework, year).PublicationCreate(*esg.NewPublicationCreate()).Execute()
	check(err == nil && draft.Status == esg.DISCLOSURESTATUS_DRAFT, "prepare", err)
	_, answer, err := preparer.ApprovePublication(ctx, "go", framework, year, draft.Number).Body(nothing).Execute()
	check(answer.StatusCode == http.StatusForbidden, "whoever prepared does not approve", err)
	_, _, err = approver.ApprovePublication(ctx, "go", framework, year, draft.Number).Body(nothing).Execute()
	check(err == nil, "approve", err)
	done, _, err := approver.PublishPublication(ctx, "go", framework, year, draft.Number).Body(nothing).Execute()
	check(err == nil && done.Status == esg.DISCLOSURESTATUS_PUBLISHED && done.Hash == draft.Hash, "publish", err)
	file, _, err := client.PublicationsAPI.GetExport(ctx, "go", framework, year, draft.Number, esg.EXPORTFORMAT_XLSX).Execute()
	check(err == nil, "a workbook", err)
	head := make([]byte, 2)
	_, err = file.ReadAt(head, 0)
	check(err == nil && string(head) == "PK", "a workbook's first bytes", err, head)
}

// job starts a run and asks for it until it has ended.
func job(ctx context.Context, client *esg.APIClient) {
	run, answer, err := client.JobsAPI.StartJobRun(ctx, "reconciliation").Execute()
	check(err == nil && answer.StatusCode == http.StatusAccepted, "a run of a job", err)
	for end := time.Now().Add(30 * time.Second); run.State == esg.RUNSTATE_RUNNING && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
		run, _, err = client.JobsAPI.GetJobRun(ctx, run.Job, run.Run).Execute()
		check(err == nil, "it is told of", err)
	}
	check(run.State == esg.RUNSTATE_SUCCEEDED, "it succeeds", run.State)
}

// event reads the stream until the first event, after the one whose id is given, and returns its id and kind.
//
// The generated GetStream waits for the end of an answer that has none, so the stream is read as lines.
func event(post func(), last string) (string, string) {
	request, _ := http.NewRequest("GET", os.Getenv("ESG_ADDRESS")+"/v1/organizations/go/stream?kind=readings.accepted", nil)
	request.Header.Set("X-API-Key", os.Getenv("ESG_KEY"))
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(request)
	check(err == nil && answer.StatusCode == http.StatusOK, "a stream", err)
	defer answer.Body.Close()
	post()
	id, kind := "", ""
	for lines := bufio.NewScanner(answer.Body); lines.Scan() && (lines.Text() != "" || kind == ""); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		}
	}
	return id, kind
}

func stream(post func()) {
	first, kind := event(post, "")
	check(first != "" && kind == "readings.accepted", "an event", first, kind)
	post()
	second, kind := event(func() {}, first)
	check(second != first && kind == "readings.accepted", "the next one by Last-Event-ID", second, kind)
}

// webhook receives a call and holds its signature against the secret, as the webhooks page describes.
func webhook(ctx context.Context, client *esg.APIClient, post func()) {
	type call struct {
		header http.Header
		body   []byte
	}
	calls := make(chan call, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		calls <- call{request.Header, body}
	}))
	defer receiver.Close()
	body := *esg.NewWebhookCreate("receiver", receiver.URL)
	body.SetKinds([]esg.EventKind{esg.EVENTKIND_READINGS_ACCEPTED})
	made, _, err := client.WebhooksAPI.CreateWebhook(ctx, "go").WebhookCreate(body).Execute()
	check(err == nil, "a webhook", err)
	post()
	select {
	case told := <-calls:
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
		check(err == nil, "its secret", err)
		signer := hmac.New(sha256.New, secret)
		fmt.Fprintf(signer, "%s.%s.%s", told.header.Get("Webhook-Id"), told.header.Get("Webhook-Timestamp"), told.body)
		signed := "v1," + base64.StdEncoding.EncodeToString(signer.Sum(nil))
		check(strings.Contains(told.header.Get("Webhook-Signature"), signed), "its signature", told.header)
	case <-time.After(30 * time.Second):
		check(false, "a webhook's call")
	}
}
