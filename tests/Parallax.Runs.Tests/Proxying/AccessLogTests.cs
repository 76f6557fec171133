using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Runs.Proxying;
using Parallax.Traffic.Queues;

namespace Parallax.Runs.Tests.Proxying;

/// <summary>A disk that is full costs lines, which are counted, and says so once.</summary>
public sealed class AccessLogTests
{
    private static readonly CopyEntry Entry = new("id", "cluster", "127.0.0.1:80", default, DropReason.Shutdown);

    [Fact]
    public void Dispose_WhereNothingCanBeWritten_CountsTheLinesAndSaysSoOnce()
    {
        var said = new List<string>();
        var log = new AccessLog(() => new Disk { IsFull = true }, isJson: true, TimeProvider.System, said.Add);
        log.OnCopy(Entry);
        log.OnCopy(Entry);
        log.Dispose();
        Assert.Equal(2, log.Dropped);
        Assert.Equal("the access log cannot be written: no space; its lines are dropped and counted until it can, requests go on", said[0]);
        Assert.Equal("the access log is not whole: 2 lines were dropped", said[1]);
        Assert.Equal(2, said.Count);
    }

    [Fact]
    public async Task OnCopy_OnceThereIsRoomAgain_IsWrittenBehindWholeLines()
    {
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string>();
        using var disk = new Disk { IsFull = true };
        var log = new AccessLog(() => disk, isJson: true, TimeProvider.System, message =>
        {
            said.Add(message);
            failed.TrySetResult();
        });
        log.OnCopy(Entry);
        await failed.Task.WaitAsync(TestContext.Current.CancellationToken);
        disk.IsFull = false;
        log.OnCopy(Entry);
        log.Dispose();
        Assert.Equal("the access log can be written again; 1 lines were dropped so far", said[1]);
        var line = Assert.Single(Encoding.UTF8.GetString(disk.ToArray()).TrimEnd('\n').Split('\n'));
        Assert.StartsWith("{", line, StringComparison.Ordinal);
        Assert.EndsWith("}", line, StringComparison.Ordinal);
    }

    // Takes half of what does not fit, as a file system does; its position stays where it was, as a file stream's does.
    private sealed class Disk : MemoryStream
    {
        private volatile bool _isFull;

        public bool IsFull
        {
            get => _isFull;
            set => _isFull = value;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!IsFull)
            {
                base.Write(buffer);
                return;
            }

            var before = Position;
            base.Write(buffer[..(buffer.Length / 2)]);
            Position = before;
            throw new IOException("no space");
        }
    }
}
