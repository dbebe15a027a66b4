import { render } from 'preact';
import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import './style/dialog.css';
import './style/table.css';
import './style/shell.css';
// The parts bring their own styles, which come after these.
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
