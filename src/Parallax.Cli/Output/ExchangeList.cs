using System.Globalization;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Output;

/// <summary>Exchanges for people, a line each: number, time, status, time to the whole response, method, host and target.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal sealed class ExchangeList(TextWriter output)
{
    public void WriteTitle() => output.WriteLine($"{"id",9}  {"time (UTC)",-23}  {"status",6} {"took",9}  request");

    public void Write(Exchange exchange)
    {
        var (request, response) = (exchange.Request, exchange.Response);
        var first = request?.FirstOctetAt ?? response?.FirstOctetAt ?? default;
        var took = request is { LastOctetAt.IsKnown: true } && response is { LastOctetAt.IsKnown: true }
            ? NumberText.Time(Math.Max(0, response.LastOctetAt.Since(request.LastOctetAt)))
            : "-";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{exchange.Id,9}  {(first.IsKnown ? TimeOf(first) : "-"),-23}  {(response is null ? "-" : StatusOf(response)),6} {took,9}  ")
            + (request is null ? "(not seen)" : OneLine.Of(LineOf(request))));
    }

    private static string TimeOf(Wire.Timestamp time) =>
        time.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string StatusOf(Message response) => response.Head.StatusCode.ToString(CultureInfo.InvariantCulture);

    private static string LineOf(Message request)
    {
        var octets = request.HeadOctets;
        return $"{Text(request.Head.Method, octets)} {Text(request.Head.Host, octets)}{Text(request.Head.Target, octets)}";
    }

    private static string Text(OctetRange range, ReadOnlySpan<byte> octets) => System.Text.Encoding.Latin1.GetString(range.Of(octets));
}
