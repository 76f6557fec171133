using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Tests.Requests;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>What OpenSSL's client remembers of a session at one server must not spare it what another server, or the same, asks of
/// it.</summary>
public sealed class ResumptionTests : IDisposable
{
    private const string One = "one.example.com";
    private const string Two = "two.example.com";

    private readonly TestAuthorities _authorities = new();

    public ResumptionTests()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "openssl is not installed");
        _authorities.Add("one", One);
        _authorities.Add("two", Two);
    }

    public static TheoryData<string> Versions => ["-tls1_2", "-tls1_3"];

    public void Dispose() => _authorities.Dispose();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SessionOfASimpleServer_IsResumedThere(string version)
    {
        await using var rig = Rig("SIMPLE", "one");

        Assert.Contains("200 OK", await CallAsync(rig, version, One, "-sess_out", Session));
        Assert.Contains("Reused, TLS", await CallAsync(rig, version, One, "-sess_in", Session));
    }

    /// <summary>Both servers show one certificate, so that nothing but the server tells their sessions apart.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SessionOfASimpleServer_DoesNotOpenAMutualOne(string version)
    {
        await using var rig = Rig("MUTUAL", "one");

        Assert.Contains("200 OK", await CallAsync(rig, version, One, "-sess_out", Session));
        Assert.DoesNotContain("200 OK", await CallAsync(rig, version, Two, "-sess_in", Session));
    }

    /// <summary>Servers with one certificate that ask nothing of clients take each other's sessions, which change nothing about whose host
    /// is whose.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SessionOfASimpleServer_AtAnother_IsForThatOnesHosts(string version)
    {
        await using var rig = Rig("SIMPLE", "one");

        Assert.Contains("200 OK", await CallAsync(rig, version, One, "-sess_out", Session));
        Assert.Contains("\r\n\r\ntwo", await CallAsync(rig, version, Two, "-sess_in", Session));
    }

    [Theory]
    [InlineData("-tls1_2", "MUTUAL")]
    [InlineData("-tls1_3", "MUTUAL")]
    [InlineData("-tls1_2", "OPTIONAL_MUTUAL")]
    [InlineData("-tls1_3", "OPTIONAL_MUTUAL")]
    public async Task SessionWithACertificate_SparesNobodyToShowItAgain(string version, string mode)
    {
        await using var rig = Rig(mode, "two");
        var client = Path.Combine(_authorities.Folder, "client.pem");
        var certificate = _authorities.Client("two");
        await File.WriteAllTextAsync(
            client,
            certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
            TestContext.Current.CancellationToken);

        Assert.Contains("200 OK", await CallAsync(rig, version, Two, "-cert", client, "-sess_out", Session));
        var answer = File.Exists(Session) ? await CallAsync(rig, version, Two, "-sess_in", Session) : "";
        Assert.DoesNotContain("Reused", answer);
        Assert.Equal(mode != "MUTUAL" && answer.Length > 0, answer.Contains("200 OK", StringComparison.Ordinal));
    }

    private string Session => Path.Combine(_authorities.Folder, "session.pem");

    private SniRig Rig(string mode, string credential) => new(
        LoopKind.Epoll,
        _authorities,
        SniRig.Server("one", One, "{mode: SIMPLE, credentialName: one}")
        + SniRig.Server("two", Two, $"{{mode: {mode}, credentialName: {credential}}}"));

    private static async Task<string> CallAsync(SniRig rig, string version, string name, params string[] options)
    {
        var start = new ProcessStartInfo("openssl")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["s_client", "-connect", $"{rig.Address}", "-servername", name, version, "-ign_eof", .. options];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var client = Process.Start(start)!;
        try
        {
            await client.StandardInput.WriteAsync($"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
            client.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was refused, and is gone.
        }

        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        return output + await errors;
    }
}
