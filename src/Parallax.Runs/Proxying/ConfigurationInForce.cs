using System.Security.Cryptography;
using System.Text;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Runs.Proxying;

/// <summary>Where a proxy's configuration comes from, and what of it is in force: documents that can be read again, or a configuration that
/// stays until it is replaced.</summary>
/// <remarks>Thread safety: one thread at a time, but for <see cref="Replace"/>.</remarks>
public sealed class ConfigurationInForce
{
    private ProxyConfig? _fixed;
    private ProxyConfig? _next;
    private readonly IReadOnlyList<string> _sources = [];
    private readonly LoadOptions _options = new();
    private string _fingerprint = "";
    private HashSet<string> _warnings = [];
    private string _stamps = "";
    private IReadOnlyList<string> _certificates = [];

    /// <summary>A configuration that stays until it is replaced.</summary>
    public ConfigurationInForce(ProxyConfig config) => _fixed = config;

    /// <summary>That of documents.</summary>
    /// <param name="sources">Files and folders; <c>-</c> is standard input.</param>
    /// <param name="options">What is said about them from outside.</param>
    public ConfigurationInForce(IReadOnlyList<string> sources, LoadOptions options) => (_sources, _options) = (sources, options);

    /// <summary>True when it comes from documents.</summary>
    public bool HasDocuments => _fixed is null;

    /// <summary>Tells one state of documents and certificates from another, as they were read last: 16 hexadecimal digits; empty without
    /// documents.</summary>
    public string Fingerprint => HasDocuments
        ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_fingerprint)))[..16]
        : "";

    /// <summary>Errors in the documents when they were read last.</summary>
    public int Errors { get; private set; }

    /// <summary>Warnings of the latest <see cref="TryReadAgain"/> that the documents had before, too, and that it did not say
    /// again.</summary>
    public int WarningsAsBefore { get; private set; }

    /// <summary>What can be read only once, such as standard input: what was read of it at the start stays in force.</summary>
    public IReadOnlyList<string> Kept { get; private set; } = [];

    /// <summary>Has the next <see cref="TryReadAgain"/> find this configuration. Any thread.</summary>
    /// <exception cref="InvalidOperationException">The configuration is that of documents.</exception>
    public void Replace(ProxyConfig config)
    {
        if (HasDocuments)
        {
            throw new InvalidOperationException("documents say what is in force");
        }

        Volatile.Write(ref _next, config);
    }

    /// <summary>Reads the configuration.</summary>
    /// <param name="say">Called with every finding in documents.</param>
    /// <returns>Null when it cannot be used; the findings say why.</returns>
    public ProxyConfig? Read(Action<Finding> say)
    {
        if (_fixed is not null)
        {
            return _fixed;
        }

        // Looked at before they are read: what changes meanwhile is read by the next look.
        var stamps = StampsOf(FilesNow());
        var loaded = ConfigurationLoader.Load(_sources, _options);
        foreach (var finding in loaded.Findings)
        {
            say(finding);
        }

        _warnings = [.. loaded.Findings.Where(finding => finding.Severity != Severity.Error).Select(finding => finding.ToString())];

        Errors = loaded.Errors;
        Kept = loaded.Kept;
        _certificates = loaded.Config is { } config ? [.. CertificatesOf(config)] : _certificates;
        var certificates = StampsOf(_certificates);
        (_stamps, _fingerprint) = (stamps + certificates, loaded.Fingerprint + certificates);
        return loaded.Config;
    }

    /// <summary>Reads the documents again when they are not what they were.</summary>
    /// <param name="isForced">True to read them even if no file looks changed.</param>
    /// <param name="say">Called with every finding but warnings that were said before.</param>
    /// <param name="config">The configuration; null when nothing changed or it cannot be used.</param>
    /// <returns>True when something changed.</returns>
    public bool TryReadAgain(bool isForced, Action<Finding> say, out ProxyConfig? config)
    {
        config = Interlocked.Exchange(ref _next, null);
        if (config is not null)
        {
            _fixed = config;
            return true;
        }

        if (!HasDocuments || (!isForced && StampsOf(FilesNow()) + StampsOf(_certificates) == _stamps))
        {
            return false;
        }

        var (before, warnings) = (_fingerprint, _warnings);
        var findings = new List<Finding>();
        config = Read(findings.Add);
        if (_fingerprint == before)
        {
            return false;
        }

        var again = findings.RemoveAll(finding => warnings.Contains(finding.ToString()));
        WarningsAsBefore = again;
        findings.ForEach(say);
        return true;
    }

    // A folder may have gained files.
    private IEnumerable<string> FilesNow() => _sources
        .SelectMany(source => Directory.Exists(source) ? Directory.EnumerateFiles(source, "*.y*ml") : [source])
        .Concat(_options.EndpointsFile is { } file ? [file] : []);

    private static IEnumerable<string> CertificatesOf(ProxyConfig config)
    {
        var listeners = from tls in config.Listeners.SelectMany(each => each.Servers).Select(server => server.Tls).OfType<ServerTlsConfig>()
                        from file in tls.Certificates.SelectMany(each => new[] { each.CertificateFile, each.PrivateKeyFile })
                            .Append(tls.ClientAuthorities)
                        select file;
        var clusters = from tls in config.Clusters.Select(cluster => cluster.Tls).OfType<ClusterTlsConfig>()
                       from file in new[] { tls.Authorities, tls.CertificateFile, tls.PrivateKeyFile }
                       select file;
        return listeners.Concat(clusters).OfType<string>().Distinct();
    }

    private static string StampsOf(IEnumerable<string> files) =>
        string.Join('\n', files.Order(StringComparer.Ordinal).Select(StampOf));

    // A link's own time never changes: what counts is the file it leads to, as in a mounted ConfigMap or Secret of Kubernetes. Stores and
    // images give every file the same time, so where the links lead counts, too.
    private static string StampOf(string file)
    {
        try
        {
            if (file.Length > 0 && new FileInfo(file) is { Exists: true } named)
            {
                var found = (FileInfo?)named.ResolveLinkTarget(returnFinalTarget: true) ?? named;
                return $"{file} {found.Length} {found.LastWriteTimeUtc.Ticks} {found.FullName} {LinksAbove(found)}";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or a link that leads nowhere.
        }

        return file;
    }

    // Where the folders lead that are links themselves.
    private static string LinksAbove(FileInfo file)
    {
        var links = "";
        for (var folder = file.Directory; folder is not null; folder = folder.Parent)
        {
            links += folder.LinkTarget is { } target ? $"{target} " : "";
        }

        return links;
    }
}
