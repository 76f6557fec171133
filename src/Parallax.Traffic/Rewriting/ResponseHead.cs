using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Writes the head of a response that a proxy sends back, see <see cref="HeadRewriter"/>.</summary>
internal static class ResponseHead
{
    public static void Write(RewritePlan plan, MessageHead head, in HeadInputs inputs, Latin1Scratch scratch, ref HeadCopy copy)
    {
        WriteVersion(head, ref copy);
        var values = new ValueWriter(head, copy.Octets, head.StatusCode, inputs.Facts, scratch);
        var facts = new FieldFacts { EditsEmpty = plan.Edits.HasTemplates ? plan.Edits.FindEmpty(values, inputs) : 0 };
        var connection = new ConnectionFields(head, copy.Octets);
        for (var index = 0; index < head.FieldCount; index++)
        {
            WriteField(plan, head, index, connection, inputs, values, ref copy, ref facts);
        }

        copy.CopyTo(HeadCopy.StartOfBlankLine(copy.Octets, head.Length));
        if (inputs.Framing == ClientFraming.Chunked)
        {
            copy.AddLine("Transfer-Encoding"u8, "chunked"u8);
        }

        if (inputs.IsUpgrade)
        {
            copy.AddLine("Connection"u8, "Upgrade"u8);
        }
        else if (!inputs.Connection.IsEmpty)
        {
            copy.AddLine("Connection"u8, inputs.Connection);
        }

        copy.Write(inputs.AddedLines);
        plan.Edits.AddLines(values, inputs, ref copy, facts);
        copy.CopyTo(head.Length);
    }

    // The version is that of the connection to the client, not of the one to the endpoint (RFC 9110 §6.2).
    private static void WriteVersion(MessageHead head, ref HeadCopy copy)
    {
        var line = copy.Octets[head.Start..head.Length];
        if (!line.StartsWith("HTTP/1.1 "u8))
        {
            copy.Write("HTTP/1.1"u8);
            copy.SkipTo(head.Start + Math.Max(0, line.IndexOfAny((byte)' ', (byte)'\r', (byte)'\n')));
        }
    }

    private static void WriteField(
        RewritePlan plan,
        MessageHead head,
        int index,
        in ConnectionFields connection,
        in HeadInputs inputs,
        in ValueWriter values,
        ref HeadCopy copy,
        ref FieldFacts facts)
    {
        var field = head[index];
        var name = field.Name.Of(copy.Octets);
        if (plan.Edits.TryApply(field, name, values, inputs, ref copy, ref facts))
        {
            return;
        }

        switch (FieldNames.Of(name))
        {
            case FieldName.Upgrade when inputs.IsUpgrade:
            case FieldName.TransferEncoding when inputs.Framing is ClientFraming.Kept or ClientFraming.Chunked:
                break;
            case FieldName.Connection or FieldName.KeepAlive or FieldName.ProxyConnection or FieldName.TransferCodings:
            case FieldName.Upgrade or FieldName.Http2Settings or FieldName.TransferEncoding:
            case FieldName.ContentLength when head.HasTransferEncoding || facts.HasLength || inputs.Framing == ClientFraming.Tunnel:
                // Beside Transfer-Encoding a length means nothing, and the same one again is one too many (RFC 9112 §6.3).
                copy.DropLine(field);
                break;
            case FieldName.ContentLength:
                facts.HasLength = true;
                break;
            default:
                if (connection.Names(name) || GivesWay(name, inputs.AddedLines))
                {
                    copy.DropLine(field);
                }

                break;
        }
    }

    private static bool GivesWay(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lines)
    {
        while (lines.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (end > name.Length && lines[name.Length] == (byte)':' && Ascii.EqualsIgnoreCase(lines[..name.Length], name))
            {
                return !Ascii.EqualsIgnoreCase(name, "set-cookie"u8) && !Ascii.EqualsIgnoreCase(name, "vary"u8);
            }

            lines = lines[(end + 1)..];
        }

        return false;
    }
}
