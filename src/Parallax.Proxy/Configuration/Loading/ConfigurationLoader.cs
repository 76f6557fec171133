using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.GatewayApi;
using Parallax.Proxy.Configuration.Istio;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>Makes a configuration of documents.</summary>
/// <remarks>Thread safety: any thread; everything is read again with each call, so it serves a reload as well as a start.</remarks>
public static class ConfigurationLoader
{
    /// <summary>Reads documents, checks them and translates them. Reports everything that is wrong; never throws for what a document holds.
    /// </summary>
    /// <param name="sources">Files, folders (their .yaml and .yml files) and <c>-</c> for standard input.</param>
    /// <param name="options">What is said from outside.</param>
    public static LoadedConfiguration Load(IReadOnlyList<string> sources, LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(options);
        var findings = new Findings();
        using var files = new SourceFiles(findings, options.Reader);
        var read = files.Read(sources, options.StandardInput);
        var documents = new DocumentSet();
        var dispatch = new DocumentDispatch(documents, findings);
        var empty = new List<Place>();
        foreach (var file in read)
        {
            var texts = DocumentReader.Read(file.Name, file.Text).ToList();
            texts.ForEach(dispatch.Read);
            if (texts.Count == 0 && !findings.HasErrors)
            {
                empty.Add(Place.OfFile(file.Name));
            }
        }

        ReportEmpty(empty, isAll: empty.Count == read.Count, findings);

        var endpoints = options.Endpoints;
        if (options.EndpointsFile is { } name && files.Read(name, null) is { } list)
        {
            endpoints = [.. endpoints, .. EndpointsFile.Read(list, findings)];
        }

        var config = Translate(documents, endpoints, options, findings);
        return new()
        {
            Config = findings.HasErrors ? null : config,
            Findings = findings.All,
            Fingerprint = files.TakeFingerprint(),
            Files = [.. read.Select(file => file.Name)],
            Kept = files.Kept,
            Documents = documents.Count,
        };
    }

    // One that is being written again is empty for a moment; all of them are not a configuration.
    private static void ReportEmpty(List<Place> files, bool isAll, Findings findings)
    {
        foreach (var file in files)
        {
            if (isAll)
            {
                findings.Error("DOC006", file, "holds no document", "write a VirtualService or an HTTPRoute");
            }
            else
            {
                findings.Warning("DOC006", file, "holds no document");
            }
        }
    }

    private static ProxyConfig Translate(
        DocumentSet documents, IReadOnlyList<EndpointOverride> endpoints, LoadOptions options, Findings findings)
    {
        var registry = new HostRegistry(endpoints, documents.ServiceEntries, documents.WorkloadEntries);
        var clusters = new ClusterBuilder(registry, documents.DestinationRules, options.TlsFolder, findings);
        var listeners = new ListenerBuilder(options.Listeners, findings);
        new IstioTranslation(documents.OfIstio, clusters, listeners, options.TlsFolder, findings).Run();
        new KubernetesTranslation(documents.OfGatewayApi, clusters, listeners, options.TlsFolder, findings).Run();
        var built = listeners.Build();
        return new() { Listeners = built, Clusters = clusters.Named(built.SelectMany(ClustersOf)) };
    }

    private static IEnumerable<string> ClustersOf(ListenerConfig listener) =>
        from host in listener.VirtualHosts
        from route in host.Routes
        from name in route.Destinations.Select(each => each.Cluster).Concat(route.Mirrors.Select(each => each.Cluster))
        select name;
}
