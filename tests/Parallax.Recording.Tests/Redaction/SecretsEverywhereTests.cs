using System.Text;
using Parallax.Recording.Redaction;

namespace Parallax.Recording.Tests.Redaction;

/// <summary>A secret in every format, and in formats within formats: none is left.</summary>
public sealed class SecretsEverywhereTests
{
    private const string Secret = "Zq9vT4mK2pL8xW7cN3";

    private readonly Redactor _redactor = new("a key of these tests"u8.ToArray());

    public static TheoryData<string, string> Bodies { get; } = new()
    {
        // URLs within values.
        { "application/json", """{"url":"https://h.example/accept?token=SECRET"}""" },
        { "application/json", """{"url":"https:\/\/h.example\/accept?a=1&token=SECRET"}""" },
        { "application/json", """{"u":"https://b.s3.amazonaws.com/k?X-Amz-Credential=SECRET%2F2024&X-Amz-Signature=abc"}""" },
        { "application/json", """{"u":"https://b.s3.amazonaws.com/k?X-Amz-Security-Token=SECRET"}""" },
        { "application/json", """{"sas":"sv=2022-11-02&ss=b&sig=SECRET"}""" },
        { "application/json", """{"u":"https://storage.googleapis.com/b/o?X-Goog-Signature=SECRET"}""" },
        { "application/json", """{"u":"https://d.cloudfront.net/f?Expires=1&Signature=SECRET&Key-Pair-Id=APKA"}""" },
        { "application/json", """{"dsn":"postgres://app:SECRET@db:5432/x"}""" },
        { "application/json", """{"dsn":"amqps://app:p/SECRET@mq/vhost"}""" },
        { "application/json", """{"next":"%2Fcb%3Faccess_token%3DSECRET"}""" },
        { "application/json", """{"next":"/cb#id=1&access_token=SECRET"}""" },
        { "application/json", """{"hook":"https://hooks.slack.com/services/T00000000/B00000000/SECRETabcdef"}""" },
        { "application/json", """{"hook":"https://discord.com/api/webhooks/123456789012345678/SECRETabcdef"}""" },
        {
            "application/json",
            """{"hook":"https://x.webhook.office.com/webhookb2/3f2504e0-4f89-11d3-9a0c-0305e82c3301/IncomingWebhook/SECRET00/x"}"""
        },
        { "application/json", """{"u":"https://api.telegram.org/bot123456789:AAH-SECRETabcdefgh/sendMessage"}""" },
        { "application/json", """{"link":"https://h.example/reset-password/SECRET"}""" },
        { "application/json", """{"link":"/list;jsessionid=SECRET?x=1"}""" },
        { "text/html", """<!doctype html><a href="/list;jsessionid=SECRET">l</a>""" },
        { "text/html", """<!doctype html><a href="/invite/SECRET">l</a><p>x</p>""" },
        { "text/xml", "<a><u>https://h.example/?a=1&amp;token=SECRET</u></a>" },
        { "text/plain", "cannot reach amqp://app:SECRET@mq:5672" },
        {
            "multipart/form-data; boundary=X",
            "--X\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nhttps://h/?token=SECRET\r\n--X--\r\n"
        },

        // Pairs and settings within values.
        { "application/json", """{"body":"a=1&token=SECRET"}""" },
        { "application/json", """{"cs":"Server=db;User Id=app;Password=SECRET;Encrypt=true"}""" },
        { "application/json", """{"cs":"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=SECRET==;EndpointSuffix=x"}""" },
        { "application/json", """{"cs":"Endpoint=sb://n.servicebus.windows.net/;SharedAccessKey=SECRET"}""" },
        { "application/json", """{"log":"login failed, password: SECRET"}""" },
        { "application/json", """{"query":"mutation { login(user: \"u\", password: \"SECRET\") { id } }"}""" },
        { "application/graphql", """mutation { login(user: "u", password: "SECRET") { id } }""" },
        { "application/json", """{"raw":"GET / HTTP/1.1\r\nAuthorization: Bearer SECRET\r\nCookie: a=b\r\n\r\n"}""" },
        { "application/http", "GET / HTTP/1.1\r\nAuthorization: Basic SECRET\r\n\r\n" },
        { "application/http", "GET / HTTP/1.1\r\nCookie: sid=SECRET; a=b\r\n\r\n" },
        { "application/yaml", "db:\n  user: app\n  password: SECRET\n" },
        { "application/yaml", "- client_secret: \"SECRET\"\n" },
        { "text/plain", "export aws_secret_access_key=SECRET\n" },
        { "text/plain", "curl -H 'X-Api-Key: SECRET' https://h/" },
        { "text/plain", "api key: SECRET" },
        { "text/x-log", "INFO body={\"password\":\"SECRET\"}\nINFO done" },
        { "text/x-log", "INFO body={\\\"password\\\":\\\"SECRET\\\"}" },
        { "text/x-ruby", "{:password=>\"SECRET\"}" },
        { "application/toml", "client_secret = 'SECRET'" },
        { "application/octet-stream", "{\"password\":\"SECRET\"}" },
        { "image/png", "password=SECRET" },

        // JSON as others send it.
        { "application/x-www-form-urlencoded", """{"q":"a&b=c","password":"SECRET"}""" },
        { "application/x-www-form-urlencoded", """{"password":"SECRET==","broken":""" },
        { "application/x-www-form-urlencoded", "payload=%7B%22password%22%3A%22SECRET%22%7D" },
        { "application/x-www-form-urlencoded", "u=https%3A%2F%2Fapp%3ASECRET%4010.0.0.5%2Fx" },
        { "application/x-www-form-urlencoded", "user%5Bpassword%5D=SECRET" },
        { "application/json", """{"a":"{\"b\":\"{\\\"password\\\":\\\"SECRET\\\"}\"}"}""" },
        { "application/json", """[{"name":"Authorization","value":"SECRET"}]""" },
        { "application/json", """[{"value":"SECRET","name":"password"}]""" },
        { "application/json", ")]}',\n{\"access_token\":\"SECRET\"}" },
        { "application/json", "callback({\"access_token\":\"SECRET\"});" },
        { "application/json", "/* token: SECRET1 */ {\"a\":1}" },
        { "text/event-stream", "event: x\ndata: {\"access_token\": \"SECRET\"}\n\n" },
        { "text/event-stream", "data: {\ndata:  \"access_token\":\ndata:  \"SECRET\"}\n\n" },
        { "text/event-stream", "data: {\"credentials\":{\"value\":[\"SECRET\"]}}\n\n" },
        { "application/json-seq", "\u001e{\"access_token\":\"SECRET\"}\n\u001e{\"a\":\n1}\n" },
        { "text/plain; charset=UTF-8", "42[\"login\",{\"password\":\"SECRET\"}]" },
        { "text/plain", "97:0{\"sid\":\"SECRET\",\"upgrades\":[]}2:40" },
        { "text/plain", "{\"type\":1,\"accessToken\":\"SECRET\"}\u001e" },
        { "text/javascript", "window.csrfToken = \"SECRET\";" },
        { "text/javascript", "fetch('/x?token=SECRET')" },

        // Markup.
        { "text/html", """<!doctype html><input type="password" name="x" value="SECRET"><p>a</p>""" },
        { "text/html", """<!doctype html><meta name="csrf-token" content='SECRET'>""" },
        { "text/html", """<!doctype html><input value=SECRET name=authenticity_token>""" },
        { "text/html", """<!doctype html><div data-token="SECRET">""" },
        { "text/html", """<!doctype html><div data-x="{&quot;password&quot;:&quot;SECRET&quot;}">""" },
        { "text/html", """<!doctype html><script>window.x={"apiKey":"SECRET"}</script>""" },
        { "text/html", """<!doctype html><script type="application/json">{"credentials":{"v":"SECRET"}}</script>""" },
        { "text/html", """<!doctype html><!-- password: SECRET --><p>""" },
        { "text/xml", "<s:Envelope><wsse:Password Type=\"t\">SECRET</wsse:Password></s:Envelope>" },
        { "text/xml", "<credentials><user><![CDATA[u]]></user><key>SECRET</key></credentials>" },
        { "text/xml", "<a token=\"SECRET\"/>" },
        { "application/xml", "<add key=\"DbPassword\" value=\"SECRET\"/>" },
        { "application/xml", "<dict><key>password</key><string>SECRET</string></dict>" },
        { "application/xml", "<a>{\"password\":\"SECRET\"}</a>" },
        { "image/svg+xml", "<svg><text>password=SECRET</text></svg>" },

        { "application/xml", "<entry key=\"password\">SECRET</entry>" },
        { "application/xml", "<string name='apiToken'>SECRET</string>" },
        { "text/html", """<!doctype html><textarea name="password">SECRET</textarea>""" },
        { "text/xml", "<!DOCTYPE a [<!ENTITY password \"SECRET\">]><a>&password;</a>" },
        { "text/html", "<html><script>x</Script><input type=password value=SECRET><script>y</script>" },

        // Parts in a value.
        {
            "application/json",
            """{"body":"--X\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\nSECRET\r\n--X--\r\n"}"""
        },
        {
            "application/json",
            """{"body":"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n<a><passwd>SECRET</passwd></a>\r\n--X--\r\n"}"""
        },
        { "text/xml", "<a>--X\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\nSECRET\r\n--X--\r\n</a>" },

        // Parts that are not written as they should be.
        { "multipart/form-data; boundary=X", "--X\nContent-Disposition: form-data; name=\"password\"\n\nSECRET\n--X--\n" },
        { "multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data;\r\n name=\"pin\"\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name*=utf-8''pin\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=p%69n\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name = pin\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary = X", "--X\r\nContent-Disposition: form-data; name=pin\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary=Y", "--X\r\nContent-Disposition: form-data; name=pin\r\n\r\nSECRET\r\n--X--" },
        { "multipart/form-data; boundary=Y", "pin=SECRET" },
        { "multipart/form-data", "--X\r\nContent-Disposition: form-data; name=pin\r\n\r\nSECRET\r\n--X--" },
        { "text/plain", "--X\r\nContent-Disposition: form-data; name=pin\r\n\r\nSECRET\r\n--X--" },
        { "multipart/mixed; boundary=X", "--X\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\npass=\r\nword=3DSECRET\r\n--X--" },

        // JSON, settings and commands within other text.
        { "text/plain", "2026-11-30 INFO got {\"credentials\":{\"v\":\"SECRET\"}} from x" },
        { "text/plain", "{\"credentials\":{\"v\":\"SECRET\"}} trailing" },
        { "text/event-stream", "id: 1\rdata: {\"credentials\":{\"v\":\"SECRET\"}}\r\r" },
        { "text/javascript", "init({\"credentials\":{\"v\":\"SECRET\"}}, 1)" },
        { "application/json", """[["Authorization","SECRET"],["a","b"]]""" },
        { "application/json", """["mysql","--password","SECRET"]""" },
        { "application/json-patch+json", """[{"op":"replace","path":"/password","value":"SECRET"}]""" },
        { "application/json", """{"cmd":"mysql --password SECRET -u root"}""" },
        { "application/json", """{"u":"//app:SECRET@db.example/x"}""" },
        { "text/plain", "key=a,password=SECRET" },
        { "application/graphql", "{ login(password: \"\"\"SECRET\"\"\") { id } }" },
        { "application/yaml", "password: |\n  first\n  SECRET\nuser: x\n" },
        { "application/yaml", "db:\n  passwords:\n    - a\n\n    - SECRET\n  user: x\n" },
        { "text/csv", "user,password\r\njoe,SECRET\r\n" },
        { "text/csv", "user;\"password\"\n\"a;\"\"b\";\"SECRET\"\n" },
        { "text/tab-separated-values", "user\ttoken\tx\njoe\tSECRET\ty" },

        // Base64 of texts.
        { "application/json", "{\"b\":\"BASE64{\"password\":\"SECRET\"}\"}" },
        { "application/x-www-form-urlencoded", "b=BASE64user=u&password=SECRET" },
        { "application/json", "{\"b\":\"data:application/json;base64,BASE64{\"password\":\"SECRET\"}\"}" },
        { "multipart/mixed; boundary=X", "--X\r\nContent-Type: application/json\r\n\r\n{\"password\":\"SECRET\"}\r\n--X--\r\n" },
        {
            "multipart/mixed; boundary=X",
            "--X\r\nContent-Type: multipart/form-data; boundary=Y\r\n\r\n"
                + "--Y\r\nContent-Disposition: form-data; name=pin\r\n\r\nSECRET\r\n--Y--\r\n--X--"
        },
        { "multipart/mixed; boundary=X", "--X\r\nContent-Type: application/http\r\n\r\nGET /?token=SECRET HTTP/1.1\r\n\r\n--X--" },
        {
            "multipart/form-data; boundary=X",
            "--X\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nBASE64password=SECRET\r\n--X--"
        },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Redact_Body_HoldsTheSecretNoMore(string type, string body)
    {
        body = WithBase64(body.Replace("SECRET", Secret, StringComparison.Ordinal));
        var text = Redact("POST / HTTP/1.1", $"Content-Type: {type}", Encoding.UTF8.GetBytes(body));
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain(WithBase64("BASE64" + Secret)[4..20], text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /x?next=%2Fcb%3Ftoken%3DSECRET HTTP/1.1")]
    [InlineData("GET /x?u=https://app:SECRET@db/ HTTP/1.1")]
    [InlineData("GET /x?%70assword=SECRET HTTP/1.1")]
    [InlineData("GET /x?f=%7B%22a%22%3A%7B%22apiKey%22%3A%22SECRET%22%7D%7D HTTP/1.1")]
    [InlineData("GET /x?q=%257B%2522password%2522%253A%2522SECRET%2522%257D HTTP/1.1")]
    [InlineData("GET /x#access_token=SECRET HTTP/1.1")]
    [InlineData("GET /x;jsessionid=SECRET/y HTTP/1.1")]
    [InlineData("POST /bot123456789:AAH-SECRETabcdefgh/sendMessage HTTP/1.1")]
    [InlineData("POST /services/T00000000/B00000000/SECRETabcdef HTTP/1.1")]
    [InlineData("GET /verify/SECRET HTTP/1.1")]
    [InlineData("GET /d/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SECRET HTTP/1.1")]
    [InlineData("GET /files/SECRETxY8rT2wQ5nB7vK1mD4 HTTP/1.1")]
    [InlineData("GET /x?code=SECRET&state=SECRET HTTP/1.1")]
    [InlineData("GET /x?key=SECRET HTTP/1.1")]
    [InlineData("GET //app:SECRET@db/x HTTP/1.1")]
    [InlineData("CONNECT app:SECRET@db:443 HTTP/1.1")]
    [InlineData("GET / HTTP/1.1\r\nX-Forwarded-Host: app:SECRET@db")]
    public void Redact_Target_HoldsTheSecretNoMore(string line) => Assert.DoesNotContain(
        Secret, Redact(line.Replace("SECRET", Secret, StringComparison.Ordinal), "Host: a", []), StringComparison.Ordinal);

    [Theory]
    [InlineData("Authorization: SECRET with spaces")]
    [InlineData("Authorization: my SECRET")]
    [InlineData("Cookie: SECRET")]
    [InlineData("X-Unknown: SECRET")]
    [InlineData("Referer: https://h/cb?token=SECRET")]
    [InlineData("Referer: http://app:SECRET@db/")]
    [InlineData("Link: </a?cursor=1&token=SECRET>; rel=next")]
    [InlineData("User-Agent: x (token=SECRET)")]
    [InlineData("Content-Disposition: attachment; filename=\"x?sig=SECRET\"")]
    [InlineData("Content-Security-Policy: report-uri https://h/r?api_key=SECRET")]
    [InlineData("Accept: application/json; token=SECRET")]
    [InlineData("WWW-Authenticate: Bearer error=\"x\", access_token=\"SECRET\"")]
    [InlineData("no field but SECRET")]
    [InlineData("Host: app:SECRET@h")]
    public void Redact_Field_HoldsTheSecretNoMore(string field) => Assert.DoesNotContain(
        Secret, Redact("GET / HTTP/1.1", field.Replace("SECRET", Secret, StringComparison.Ordinal), []), StringComparison.Ordinal);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=SECRET")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer SECRET\r\nX-K")]
    [InlineData("GET /?token=SECRET")]
    public void Redact_HeadCutOff_HoldsTheSecretNoMore(string head)
    {
        var octets = Encoding.UTF8.GetBytes(head.Replace("SECRET", Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(
            Secret, Encoding.UTF8.GetString(_redactor.Redact(new() { HasRequest = true, Request = octets }).Request),
                StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_ReasonPhrase_HoldsTheSecretNoMore()
    {
        var octets = Encoding.UTF8.GetBytes($"HTTP/1.1 400 bad token={Secret}\r\nLocation: /cb#access_token={Secret}\r\n\r\n");
        Assert.DoesNotContain(
            Secret, Encoding.UTF8.GetString(_redactor.Redact(new() { HasResponse = true, Response = octets }).Response),
                StringComparison.Ordinal);
    }

    private string Redact(string line, string field, byte[] body)
    {
        byte[] request = [.. Encoding.UTF8.GetBytes($"{line}\r\n{field}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
        return Encoding.UTF8.GetString(_redactor.Redact(new() { HasRequest = true, Request = request }).Request);
    }

    // What follows BASE64, to the last quote or the end of the line.
    private static string WithBase64(string text)
    {
        var at = text.IndexOf("BASE64", StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }

        var end = text.EndsWith("\"}", StringComparison.Ordinal) ? text.Length - 2 : text.IndexOf("\r\n", at, StringComparison.Ordinal);
        end = end < 0 ? text.Length : end;
        return text[..at] + Convert.ToBase64String(Encoding.UTF8.GetBytes(text[(at + 6)..end])) + text[end..];
    }
}
