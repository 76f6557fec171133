using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The thread of a loop that waits for the system.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class LoopThread
{
    private readonly LoopLife _life;
    private readonly LoopState _state;
    private readonly Thread _thread;

    public LoopThread(LoopLife life, LoopState state)
    {
        _life = life;
        _state = state;
        _thread = new Thread(Run) { Name = life.Name, IsBackground = true };
    }

    public void Start()
    {
        _life.Start();
        _thread.Start();
    }

    public void Stop()
    {
        if (!_life.BeginStop())
        {
            return;
        }

        _state.Posts.Wake();
        if (!_life.IsCurrent)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        _life.Enter();
        while (!_life.MustStop)
        {
            _life.Turn(_state.PrepareSleep());
        }

        _life.End();
        _life.Leave();
    }
}
