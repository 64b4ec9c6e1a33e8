// Starts the reference of the API: in the colours the reader's system asks for, of this service and no other.
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function colour() {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  }
  colour();
  dark.addEventListener("change", colour);

  function show(contract) {
    // What is tried goes to where this page is from, whatever the contract tells generators of clients.
    contract.servers = [{ url: window.location.origin }];
    window.SwaggerUIBundle({
      dom_id: "#reference",
      spec: contract,
      validatorUrl: null,
      deepLinking: true,
      docExpansion: "none",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      filter: true,
      persistAuthorization: false,
      requestSnippetsEnabled: true,
      tryItOutEnabled: true,
    });
  }

  fetch("/openapi.json")
    .then(function (answer) { return answer.json(); })
    .then(show)
    .catch(function (error) {
      document.getElementById("reference").textContent = "The contract could not be read: " + error.message;
    });
})();
