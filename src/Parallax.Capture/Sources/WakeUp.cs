namespace Parallax.Capture.Sources;

/// <summary>Wakes a thread that waits in poll.</summary>
/// <remarks>Thread safety: <see cref="Set"/> from any thread.</remarks>
internal sealed class WakeUp : IDisposable
{
    public int Descriptor { get; } = NativeSocket.NewEvent(0, NativeSocket.NonBlockingEvent);

    public void Set() => _ = NativeSocket.Write(Descriptor, 1, sizeof(ulong));

    public void Reset() => _ = NativeSocket.Read(Descriptor, out _, sizeof(ulong));

    public void Dispose() => _ = NativeSocket.Close(Descriptor);
}
