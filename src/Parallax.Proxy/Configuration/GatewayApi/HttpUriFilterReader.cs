using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads the filters that change the URI: RequestRedirect and URLRewrite.</summary>
internal static class HttpUriFilterReader
{
    private static readonly int[] Statuses = [301, 302, 303, 307, 308];

    /// <summary>Reads HTTPRequestRedirectFilter.</summary>
    public static RedirectConfig Redirect(Fields fields)
    {
        var status = fields.Whole("statusCode", 300, 399) ?? 302;
        if (!Statuses.Contains(status))
        {
            fields.Findings.Error("FLD104", fields.Of("statusCode"), $"is {status}", "write 301, 302, 303, 307 or 308");
        }

        var (full, prefix) = fields.Object("path", Path);
        return new()
        {
            Status = status,
            Scheme = fields.Choice("scheme", "http", "https"),
            Host = Hostname(fields),
            Port = fields.Whole("port", 1, 65_535),
            Path = full,
            PathPrefix = prefix,
        };
    }

    /// <summary>Reads HTTPURLRewriteFilter.</summary>
    public static UriRewriteConfig Rewrite(Fields fields)
    {
        var (full, prefix) = fields.Object("path", Path);
        return new() { Authority = Hostname(fields), FullPath = full, Prefix = prefix, IsSegmentPrefix = prefix is not null };
    }

    private static string? Hostname(Fields fields)
    {
        var host = fields.Text("hostname");
        if (host is not null)
        {
            ApiNames.CheckHostname(host, fields.Of("hostname"), mayBePattern: false, fields.Findings);
        }

        return host;
    }

    private static (string? Full, string? Prefix) Path(Fields fields)
    {
        var type = fields.Choice("type", "ReplaceFullPath", "ReplacePrefixMatch");
        var full = HeadTexts.UriPart(fields, "replaceFullPath");
        var prefix = HeadTexts.UriPart(fields, "replacePrefixMatch");
        if (!fields.Has("type"))
        {
            fields.Missing("type", "write ReplaceFullPath or ReplacePrefixMatch");
        }

        if (type is not null && (type == "ReplaceFullPath") != (full is not null))
        {
            Mismatch(fields, type, "replaceFullPath");
        }

        if (type is not null && (type == "ReplacePrefixMatch") != (prefix is not null))
        {
            Mismatch(fields, type, "replacePrefixMatch");
        }

        return (full, prefix);
    }

    private static void Mismatch(Fields fields, string type, string key)
    {
        if (fields.Has(key))
        {
            fields.Findings.Error("RUL201", fields.Of(key), $"cannot stand beside type {type}", "let type and field be of one kind");
        }
        else
        {
            fields.Missing(key, $"type {type} needs it");
        }
    }
}
