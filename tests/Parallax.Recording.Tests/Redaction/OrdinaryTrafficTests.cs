using System.Text;
using Parallax.Recording.Redaction;

namespace Parallax.Recording.Tests.Redaction;

/// <summary>Messages without secrets stay as they are, octet for octet: identifiers, paths, texts, code.</summary>
public sealed class OrdinaryTrafficTests
{
    private readonly Redactor _redactor = new("a key of these tests"u8.ToArray());

    [Theory]
    [InlineData(
        "GET /api/v1/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301/orders/4711?page=2&sort=-created_at&filter%5Bstatus%5D=open HTTP/1.1")]
    [InlineData("GET /products/blue-running-shoes-size-42-with-extra-grip-2024 HTTP/1.1")]
    [InlineData("GET /_next/static/chunks/pages/index-9f86d081884c7d65.js HTTP/1.1")]
    [InlineData("GET /assets/main.3f2a9c1b.chunk.css?v=1568139746 HTTP/1.1")]
    [InlineData("GET /npm/jquery@3.6.0/dist/jquery.min.js HTTP/1.1")]
    [InlineData("GET /repos/octo/hello/commits/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678 HTTP/1.1")]
    [InlineData("GET /objects/507f1f77bcf86cd799439011 HTTP/1.1")]
    [InlineData("GET /events/01ARZ3NDEKTSV4RRFFQ69G5FAV HTTP/1.1")]
    [InlineData("GET /docs/V1StGXR8_Z5jdHi6B-myT HTTP/1.1")]
    [InlineData("GET /watch?v=dQw4w9WgXcQ&t=42s HTTP/1.1")]
    [InlineData("GET /search?q=how+to+reset+a+password&lang=en HTTP/1.1")]
    [InlineData("GET /redirect?to=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc%26d%3De HTTP/1.1")]
    [InlineData("GET /sessions/3f2504e0-4f89-11d3-9a0c-0305e82c3301/speakers HTTP/1.1")]
    [InlineData("GET /graphql?query=%7B%20user(id%3A%204)%20%7B%20name%20%7D%20%7D HTTP/1.1")]
    [InlineData("GET /errors?code=E1001&country=DE&state=open&key=name HTTP/1.1")]
    [InlineData("GET /2024/11/30/how-we-rotate-keys-and-tokens HTTP/1.1")]
    [InlineData("GET /node/UHJvZHVjdDoxMjM0NTY3ODkwMTIzNDU2Nzg5MA HTTP/1.1")]
    [InlineData("GET /auth/login HTTP/1.1")]
    [InlineData("POST /oauth/token HTTP/1.1")]
    [InlineData("GET /tiles/12/2200/1343.png HTTP/1.1")]
    public void Redact_Target_StaysAsItIs(string line) => AssertSame($"{line}\r\nHost: shop.example:8080\r\n\r\n");

    [Theory]
    [InlineData("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")]
    [InlineData("Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"")]
    [InlineData("Content-Security-Policy: default-src 'self'; img-src https://cdn.example data:; report-uri /csp")]
    [InlineData("Strict-Transport-Security: max-age=31536000; includeSubDomains")]
    [InlineData("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("X-Request-Id: 7d793037-a076-4bf3-8a3e-9f1d1d1d1d1d")]
    [InlineData("ETag: W/\"5d8c72a5edda8d6a3239fa2b6f6c5f3e\"")]
    [InlineData("Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT")]
    [InlineData("Link: <https://api.example/items?page=2&per_page=50>; rel=\"next\"")]
    [InlineData("Referer: https://shop.example/products?category=shoes&color=blue#top")]
    [InlineData("Content-Disposition: attachment; filename=\"report 2024-11.pdf\"")]
    [InlineData("Server-Timing: cache;desc=\"hit\";dur=2.1, db;dur=53")]
    [InlineData("Alt-Svc: h3=\":443\"; ma=86400")]
    [InlineData("Keep-Alive: timeout=5, max=100")]
    public void Redact_Field_StaysAsItIs(string field) => AssertSame($"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");

    [Theory]
    [InlineData(
        "application/json",
        """{"id":"507f1f77bcf86cd799439011","uuid":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","n":1568139746437296000}""")]
    [InlineData(
        "application/json",
        """{"at":"2026-11-30T03:36:11.123Z","price":19.99,"tags":["a","b"],"ok":true,"none":null,"big":1e21}""")]
    [InlineData("application/json", """{"url":"https://example.com/a/b?c=d&e=f#top","path":"/var/log/syslog","regex":"^[a-z]+=\\d{3}$"}""")]
    [InlineData(
        "application/json",
        """{"model":"gpt-4","max_tokens":100,"usage":{"prompt_tokens":12,"total_tokens":34},"token_type":"Bearer"}""")]
    [InlineData(
        "application/json",
        """{"code":200,"status":"OK","error":{"code":"NOT_FOUND","message":"no such item: 42"},"countryCode":"DE"}""")]
    [InlineData("application/json", """{"html":"<p>Hello <b>world</b> &amp; all</p>","md":"# Title\n\n* a: b\n* c = d\n"}""")]
    [InlineData(
        "application/json",
        """{"query":"query($id: ID!) { user(id: $id) { name, friends(first: 10) { id } } }","variables":{"id":"VXNlcjo0Mg=="}}""")]
    [InlineData(
        "application/json",
        """{"text":"Your session starts at 9. The key point: passwords must have 8 characters. Code: see below"}""")]
    [InlineData(
        "application/json",
        """{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","nano":"V1StGXR8_Z5jdHi6B-myT"}""")]
    [InlineData("application/json", """{"image":"https://cdn.example/logo@2x.png","css":"a:hover{color:#fff;width:calc(100% - 2px)}"}""")]
    [InlineData("application/json", """[{"key":"color","value":"blue"},{"name":"size","value":"42"}]""")]
    [InlineData("application/json", """{"required":["user","password","newPassword2","email"]}""")]
    [InlineData("application/json", """[{"op":"replace","path":"/name","value":"Joe"},{"path":"src/token.ts","value":"x1"}]""")]
    [InlineData("text/html", "<!doctype html><p id=password>8 characters or more</p><a name=token>About tokens</a>")]
    [InlineData("text/plain", "[2026-11-30 09:00:01] INFO {x} started\n[12] done [x]\n[INFO] a: {b}\n-- password rules --\n")]
    [InlineData("text/csv", "name,size\nshoes,42\n\"a, b\",7\n")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data;\r\n name=title\r\n\r\nshoes\r\n--X--\r\n")]
    [InlineData("text/plain", "--\r\nContent of this list: shoes\r\n--\r\n")]
    [InlineData(
        "application/json",
        """{"tokenEndpoint":"https://id.example/token","passwordPolicy":{"min":8},"hasPassword":true,"passwordLength":12}""")]
    [InlineData("application/x-www-form-urlencoded", "name=J%C3%BCrgen&comment=a%3Db+%26+c&page=2&note=50%25+off")]
    [InlineData("text/plain", "The secret of good traffic: mirrors. See https://example.com/docs/keys?lang=en for more.\n")]
    [InlineData(
        "text/html",
        "<!doctype html><html><a href=\"/a?b=c&amp;d=e\" class=\"x-1\">Forgot your password?</a><input name=\"q\" value=\"shoes\">")]
    [InlineData("text/javascript", "const token=e.t,password=()=>n(7);function f(a){return{token:a.token,code:4}}if(a.token==b){x?y:z}")]
    [InlineData("text/css", ".a:hover{background:url(/img/a.png?v=3)}#token{color:red}")]
    [InlineData("text/xml", "<?xml version=\"1.0\"?><a xmlns:x=\"http://x.example/ns\"><x:b id=\"7\">text &amp; more</x:b><c/></a>")]
    [InlineData("text/event-stream", "id: 7\nevent: tick\ndata: {\"n\": 1, \"at\": \"2024-01-01\"}\n\n: ping\n\n")]
    [InlineData("text/csv", "id,name,price\n1,shoe,19.99\n2,hat,9.50\n")]
    [InlineData("application/yaml", "name: web\nreplicas: 3\nimage: nginx:1.27\nports:\n  - 80\n")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nmy shoes\r\n--X--\r\n")]
    [InlineData("application/octet-stream", "plain words")]
    [InlineData("text/plain; charset=iso-8859-1", "Gr\u00fc\u00dfe")]
    public void Redact_Body_StaysAsItIs(string type, string body) => AssertSame(
        $"POST / HTTP/1.1\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    private void AssertSame(string request)
    {
        var entry = _redactor.Redact(new() { HasRequest = true, Request = Encoding.UTF8.GetBytes(request) });
        Assert.Equal(request, Encoding.UTF8.GetString(entry.Request));
        Assert.Equal(default, entry.Facts.Marks);
    }
}
