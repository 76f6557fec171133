using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Parallax.Proxy.Requests;

/// <summary>What a primary learns of a client's certificate, in <c>x-forwarded-client-cert</c> as Istio's gateways have Envoy write it:
/// <c>Hash=…;Cert="…";Subject="…";URI=…;DNS=…</c>.</summary>
/// <remarks>Whatever the certificate holds, the value is printable US-ASCII and says nothing but what the certificate says. Thread safety:
/// pure functions.</remarks>
internal static class ForwardedCertificate
{
    // GeneralName of RFC 5280 §4.2.1.6.
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The header's value.</summary>
    public static byte[] ValueOf(X509Certificate2 certificate)
    {
        var value = new StringBuilder();
        value.Append("Hash=").Append(certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());
        value.Append(";Cert=\"").Append(PemOf(certificate)).Append("\";Subject=\"");
        AppendSubject(certificate.SubjectName, value);
        value.Append('"');
        var names = NamesOf(certificate);
        var uris = names.Where(name => name.Tag == Uri).Select(name => name.Text).DefaultIfEmpty("");
        foreach (var (key, text) in uris.Select(text => ("URI", text)).Concat(
            names.Where(name => name.Tag == DnsName).Select(name => ("DNS", name.Text))))
        {
            value.Append(';').Append(key).Append('=');
            AppendName(text, value);
        }

        return Encoding.ASCII.GetBytes(value.ToString());
    }

    private static string PemOf(X509Certificate2 certificate) => (certificate.ExportCertificatePem() + "\n")
        .Replace("\n", "%0A", StringComparison.Ordinal)
        .Replace(" ", "%20", StringComparison.Ordinal)
        .Replace("+", "%2B", StringComparison.Ordinal)
        .Replace("/", "%2F", StringComparison.Ordinal)
        .Replace("=", "%3D", StringComparison.Ordinal);

    // RFC 2253: the last part of the name first.
    private static void AppendSubject(X500DistinguishedName subject, StringBuilder value)
    {
        var start = value.Length;
        foreach (var part in subject.EnumerateRelativeDistinguishedNames(reversed: true).Where(part => !part.HasMultipleElements))
        {
            value.Append(value.Length > start ? "," : "").Append(KeyOf(part.GetSingleElementType())).Append('=');
            var text = part.GetSingleElementValue() ?? "";
            for (var at = 0; at < text.Length; at++)
            {
                var isAtEnd = text[at] == ' ' && (at == 0 || at == text.Length - 1);
                value.Append(isAtEnd || text[at] is ',' or '+' or '"' or '\\' or '<' or '>' or ';' || (at == 0 && text[at] == '#')
                    ? "\\" : "");
                AppendOctets(text, at, "\\", value);
            }
        }
    }

    private static string KeyOf(Oid type) => type.Value switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        var other => other ?? "",
    };

    // What separates parts of the value stands between quotes.
    private static void AppendName(string text, StringBuilder value)
    {
        var quote = text.AsSpan().IndexOfAny(",;=\"\\") >= 0 ? "\"" : "";
        value.Append(quote);
        for (var at = 0; at < text.Length; at++)
        {
            value.Append(text[at] is '"' or '\\' ? "\\" : "");
            AppendOctets(text, at, "%", value);
        }

        value.Append(quote);
    }

    // A character of a header, or its octets in UTF-8, in hexadecimal.
    private static void AppendOctets(string text, int at, string escape, StringBuilder value)
    {
        if (text[at] is >= ' ' and <= '~')
        {
            value.Append(text[at]);
            return;
        }

        var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : char.IsLowSurrogate(text[at]) && at > 0 ? 0 : 1;
        foreach (var octet in Encoding.UTF8.GetBytes(text.Substring(at, length)))
        {
            value.Append(escape).Append(Convert.ToHexString([octet]));
        }
    }

    private static List<(Asn1Tag Tag, string Text)> NamesOf(X509Certificate2 certificate)
    {
        var names = new List<(Asn1Tag, string)>();
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            try
            {
                var list = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (list.HasData)
                {
                    var tag = list.PeekTag();
                    if (tag == DnsName || tag == Uri)
                    {
                        names.Add((tag, list.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    }
                    else
                    {
                        list.ReadEncodedValue();
                    }
                }
            }
            catch (AsnContentException)
            {
                // Names that cannot be read say nothing.
            }
        }

        return names;
    }
}
