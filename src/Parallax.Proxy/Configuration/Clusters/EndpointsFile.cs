using Parallax.Documents;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>Reads a file with endpoints: a list of <c>host</c>, <c>port</c>, <c>address</c>, <c>labels</c> and <c>weight</c>.</summary>
internal static class EndpointsFile
{
    /// <summary>Reads the file.</summary>
    public static IReadOnlyList<EndpointOverride> Read(SourceFile file, Findings findings)
    {
        var endpoints = new List<EndpointOverride>();
        foreach (var root in DocumentReader.Read(file.Name, file.Text, findings))
        {
            var place = new Place("", root);
            if (root is not ListNode list)
            {
                findings.Error(
                    "FLD102", place, $"the file must be a list of endpoints, but is {root.Description}",
                    "write - {host: NAME, address: ADDR:PORT}");
                continue;
            }

            endpoints.AddRange(
                list.Entries.Select((_, index) => Fields.Read(place.At(index), findings, Endpoint)).OfType<EndpointOverride>());
        }

        return endpoints;
    }

    private static EndpointOverride? Endpoint(Fields fields)
    {
        var text = fields.RequiredText("host", "name the service");
        var port = fields.Whole("port", 1, 65_535);
        var address = fields.RequiredText("address", "write ADDR:PORT");
        var labels = fields.TextMap("labels");
        var weight = fields.Whole("weight", 1) ?? 1;
        if (text.Length == 0 || address.Length == 0)
        {
            return null;
        }

        if (!EndpointOverride.TryHost(text, out var host, out var ofHost))
        {
            fields.Findings.Error("FLD104", fields.Of("host"), $"is \"{text}\", which is not a host of a service");
            return null;
        }

        if (!EndpointOverride.TryAddress(address, out var target, out var targetPort))
        {
            fields.Findings.Error("FLD104", fields.Of("address"), $"is \"{address}\"", "write ADDR:PORT, an IPv6 address between brackets");
            return null;
        }

        return new() { Host = host, ServicePort = port ?? ofHost, Address = target, Port = targetPort, Labels = labels, Weight = weight };
    }
}
