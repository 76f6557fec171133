using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>What is said about documents from outside of them.</summary>
public sealed record LoadOptions
{
    /// <summary>Endpoints of services; they go before those of ServiceEntries.</summary>
    public IReadOnlyList<EndpointOverride> Endpoints { get; init; } = [];

    /// <summary>A file with more of them; null for none.</summary>
    public string? EndpointsFile { get; init; }

    /// <summary>The sockets.</summary>
    public ListenerMap Listeners { get; init; } = ListenerMap.Default;

    /// <summary>The folder with certificates that documents name as credentials or secrets: <c>NAME.crt</c> and <c>NAME.key</c>, or
    /// <c>NAME/tls.crt</c> and <c>NAME/tls.key</c>; null for none.</summary>
    public string? TlsFolder { get; init; }

    /// <summary>Standard input, for the source <c>-</c>; null when there is none to read.</summary>
    public Stream? StandardInput { get; init; }

    /// <summary>Reads the sources. The same one for every load, so that standard input and pipes, which can be read only once, are kept; a
    /// new one by default.</summary>
    public SourceReader Reader { get; init; } = new();
}

/// <summary>What became of documents.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record LoadedConfiguration
{
    /// <summary>The configuration; null when there are errors. May have no listener: checking a part of the files is not a fault.</summary>
    public required ProxyConfig? Config { get; init; }

    /// <summary>Everything found, in the order of the files and their lines.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>SHA-256 of all that was read, in hexadecimal: the same one means that nothing changed.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The files that were read.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Sources that were read by an earlier load and cannot be read again, so that they are what they were.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];

    /// <summary>How many documents of a kind that is honoured there were.</summary>
    public required int Documents { get; init; }

    /// <summary>How many findings are errors.</summary>
    public int Errors => Findings.Count(each => each.Severity == Severity.Error);

    /// <summary>How many findings are warnings.</summary>
    public int Warnings => Findings.Count - Errors;
}
