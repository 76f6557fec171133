using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A listener of a simulated loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class SimulatedListener : Listener, ISimulatedTarget
{
    private readonly LoopState _state;
    private readonly SimulatedBacklog _backlog;
    private readonly Func<SimulatedConnection> _newConnection;
    private readonly Func<Connection, ConnectionHandler> _accept;

    public SimulatedListener(
        LoopState state,
        ReadySockets ready,
        SimulatedBacklog backlog,
        Func<SimulatedConnection> newConnection,
        Func<Connection, ConnectionHandler> accept)
        : base(backlog.Local)
    {
        (_state, _backlog, _newConnection, _accept) = (state, backlog, newConnection, accept);
        backlog.Changed = () => ready.Add(this);
        state.Members.Add(this);
    }

    public override bool IsOpen => _backlog.IsOpen;

    public override void Close()
    {
        OnReady();
        Release();
    }

    public void OnReady()
    {
        while (IsOpen && _backlog.TryAccept(out var socket))
        {
            _state.Counters.AcceptedCount++;
            _newConnection().Accept(socket, _accept);
        }
    }

    private protected override void Release()
    {
        _state.Members.Remove(this);
        _backlog.Close();
    }
}
