using System.Reflection;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class MessageHeadTests
{
    [Fact]
    public void CopyFrom_HeadThatSaysMuch_IsEqualInEveryProperty()
    {
        var head = Read("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: upgrade\r\nUpgrade: b\r\nX: 1\r\n 2\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n", MessageKind.Request);
        var copy = Read("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n", MessageKind.Response);

        copy.CopyFrom(head);

        foreach (var property in Properties())
        {
            Assert.Equal(property.GetValue(head), property.GetValue(copy));
        }

        Assert.Equal(Enumerable.Range(0, head.FieldCount).Select(i => head[i]), Enumerable.Range(0, copy.FieldCount).Select(i => copy[i]));
    }

    [Fact]
    public void CopyFrom_OriginalReadAgain_CopyStays()
    {
        var head = Read("GET / HTTP/1.1\r\nHost: a\r\n\r\n", MessageKind.Request);
        var copy = new MessageHead();
        copy.CopyFrom(head);
        var first = copy[0];

        HeadReader.TryRead("GET / HTTP/1.1\r\nSomething: else\r\n\r\n"u8, MessageKind.Request, Http1Policy.Passive, head, out _);

        Assert.Equal(first, copy[0]);
    }

    [Theory]
    [InlineData("/a/../b", "/b", 1, 5)]
    [InlineData("/ab", "/a", 2, 1)]
    [InlineData("http://h/./x", "http://h/x", 8, 2)]
    public void CutTarget_IsTheHeadOfTheOctetsThatAreLeft(string before, string after, int at, int count)
    {
        const string rest = " HTTP/1.1\r\nA: 1\r\nHost: h:80\r\nEmpty:\r\nB: 2\r\n\r\n";
        var head = Read($"\r\nGET {before}{rest}", MessageKind.Request);
        var expected = Read($"\r\nGET {after}{rest}", MessageKind.Request);

        head.CutTarget(head.Target.Start + at, count);

        Assert.Equal((expected.Method, expected.Target, expected.Host), (head.Method, head.Target, head.Host));
        Assert.Equal((expected.Start, expected.Length), (head.Start, head.Length));
        Assert.Equal(
            Enumerable.Range(0, expected.FieldCount).Select(i => expected[i]), Enumerable.Range(0, head.FieldCount).Select(i => head[i]));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(4, 3)]
    [InlineData(5, -1)]
    public void CutTarget_BeyondTheTarget_IsRefused(int at, int count)
    {
        var head = Read("GET /a HTTP/1.1\r\n\r\n", MessageKind.Request);
        Assert.Throws<ArgumentOutOfRangeException>(() => head.CutTarget(at, count));
    }

    private static IEnumerable<PropertyInfo> Properties() => typeof(MessageHead)
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(property => property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike);

    private static MessageHead Read(string text, MessageKind kind)
    {
        var head = new MessageHead();
        var status = HeadReader.TryRead(System.Text.Encoding.Latin1.GetBytes(text), kind, Http1Policy.Passive, head, out var error);
        Assert.Equal((HeadStatus.Complete, Http1Error.None), (status, error));
        return head;
    }
}
