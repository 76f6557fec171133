// The example of the README of goreplay_middleware: a token that the service issues anew is put where the recorded one stands.
// Three slips of the README are set right: a header is an object with a value, a backslash in a string needs another, and the token
// does not stand at the end of the whole message.
const gor = require("goreplay_middleware");
gor.init();

let tokMap = {};

gor.on("request", function(req) {
    let tok = gor.httpHeader(req.http, "Auth-Token");
    if (tok && tokMap[tok.value]) {
        req.http = gor.setHttpHeader(req.http, "Auth-Token", tokMap[tok.value])
    }

    gor.searchResponses(req.ID, "X-Set-Token: (\\w+)", function(respTok, replTok) {
        if (respTok && replTok) tokMap[respTok] = replTok;
    })

    return req;
})
